// Measures how many requests a second an endpoint can take, in steps of a rising rate. Each request is sent when it is
// due, whether or not earlier ones have been answered, and its latency counts from then. Waiting for each response before
// the next request would hide the delays of a busy server.
import { setTimeout as sleep } from 'node:timers/promises';
import { newPlace } from '../display/display';
import { whileInterruptible } from '../display/interruptible';
import { progressBar } from '../display/progressBar';
import { UserError } from '../platform/errors';
import type { Predictor } from '../session/contract/session';

/** Options of `loadTest()`. */
export interface LoadTestOptions {
  /** Milliseconds within which 99 of 100 requests must be answered. @default 100 */
  p99?: number;
  /** Requests a second of the first step; each next one doubles it. @default 25 */
  rate?: number;
  /** Highest rate to try, in requests a second. @default 3200 */
  maxRate?: number;
  /** Duration of each step. @default 2 */
  seconds?: number;
  /** Largest number of requests in all steps together. @default 20000 */
  maxRequests?: number;
}

/** The figures at one rate. Latencies are in milliseconds and cover answered requests only. */
export interface LoadStep {
  /** Intended requests a second. */
  rate: number;
  sent: number;
  p50: number;
  p99: number;
  /** Number of requests that failed. */
  failed: number;
  /** Whether every request succeeded and 99 of 100 were in time. */
  held: boolean;
}

/** The result of `loadTest()`. */
export interface MeasuredLoad {
  /** In the order of their rates. */
  steps: LoadStep[];
  /** The highest rate within the bound, in requests a second; 0 if the first was not. */
  held: number;
  /** The bound, in milliseconds. */
  p99: number;
  /** Latency of a request at low load: the median at the lowest rate. */
  milliseconds: number;
}

/** Number of bisections between the last rate within the bound and the first beyond it. */
const refinements = 3;
/** Number of unanswered requests at which a step is abandoned. */
const mostUnanswered = 1000;
const usual = { p99: 100, rate: 25, maxRate: 3200, seconds: 2, maxRequests: 20_000 };

/**
 * Sends requests of one headline each at a rising rate until more than one in a hundred exceeds the bound or one fails, then
 * narrows down the highest rate within the bound. A bar under the cell shows the progress. Interrupting the kernel ends the
 * test and returns the figures so far. The requests come from this process; an endpoint on the same machine shares its
 * processors with them and takes less than it would alone.
 * @param headlines the headlines to send, in turn
 * @throws `UserError` if `headlines` is empty, or an option is out of range
 * @example
 * ```ts
 * const growing = await session.deploy(result.modelArtifact!);
 * const load = await workshop.loadTest(growing, ['Bank shares rise', 'A film about a bank'], { seconds: 0.2, maxRate: 50 });
 * console.log(load.steps.length, load.steps[0].rate); // 2 25
 * ```
 */
export async function loadTest(
  endpoint: Predictor,
  headlines: readonly string[],
  options: LoadTestOptions = {},
): Promise<MeasuredLoad> {
  const { p99, rate, maxRate, seconds, maxRequests } = { ...usual, ...options };
  if (headlines.length === 0) throw new UserError('loadTest() got no headlines. Pass at least one to send.');
  checkPositive({ p99, rate, maxRate, seconds, maxRequests });
  const ending = new AbortController();
  const bar = newPlace();
  const steps: LoadStep[] = [];
  let left = maxRequests;

  const step = async (next: number): Promise<LoadStep | undefined> => {
    const count = Math.round(next * seconds);
    if (count > left || ending.signal.aborted) return undefined;
    bar(progressBar(1 - left / maxRequests, `${Math.round(next)} requests a second`));
    left -= count;
    const done = await runStep(endpoint, headlines, { rate: next, count, p99, signal: ending.signal });
    if (!ending.signal.aborted) steps.push(done);
    return done;
  };

  await whileInterruptible(
    () => ending.abort(),
    async () => {
      let [lower, upper] = [0, Infinity];
      let [next, refined] = [rate, 0];
      while (upper === Infinity ? next <= maxRate : lower > 0 && refined++ < refinements) {
        const done = await step(next);
        if (!done) break;
        if (done.held) lower = next;
        else upper = next;
        next = upper === Infinity ? 2 * next : Math.round((lower + upper) / 2);
      }
    },
  );
  steps.sort((one, other) => one.rate - other.rate);
  const held = Math.max(0, ...steps.filter((one) => one.held).map((one) => one.rate));
  bar(progressBar(1, `within the bound up to ${held} requests a second`));
  return { steps, held, p99, milliseconds: steps[0]?.p50 ?? Number.NaN };
}

async function runStep(
  endpoint: Predictor,
  headlines: readonly string[],
  { rate, count, p99, signal }: { rate: number; count: number; p99: number; signal: AbortSignal },
): Promise<LoadStep> {
  const latencies: number[] = [];
  const asked: Promise<void>[] = [];
  let failed = 0;
  const begun = performance.now();
  const ask = async (index: number) => {
    const due = begun + (1000 * index) / rate;
    try {
      await endpoint.predict(headlines[index % headlines.length] as string);
      latencies.push(performance.now() - due);
    } catch {
      failed += 1;
    }
  };
  while (asked.length < count && !signal.aborted) {
    if (asked.length - latencies.length - failed > mostUnanswered) break;
    const due = Math.min(count, 1 + Math.floor(((performance.now() - begun) * rate) / 1000));
    while (asked.length < due) asked.push(ask(asked.length));
    await sleep(1);
  }
  await Promise.all(asked);
  latencies.sort((one, other) => one - other);
  const slowest = quantile(latencies, 0.99);
  const held = asked.length === count && failed === 0 && slowest <= p99;
  return { rate, sent: asked.length, p50: quantile(latencies, 0.5), p99: slowest, failed, held };
}

/** Returns the smallest of the sorted numbers that at least this share does not exceed; NaN if there are none. */
function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? Number.NaN : Number(value.toFixed(1));
}

function checkPositive(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new UserError(`loadTest(): ${name} is ${value}; it must be a number above 0.`);
  }
}
