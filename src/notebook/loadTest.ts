// How many requests a second an endpoint holds: steps of a rising rate, each with its latencies. Requests go out when they
// are due, whether or not earlier ones were answered, and their latency counts from then: who only sends when an answer
// has come measures a busy server too kindly.
import { setTimeout as sleep } from 'node:timers/promises';
import { newPlace } from '../display/display';
import { whileInterruptible } from '../display/interruptible';
import { progressBar } from '../display/progressBar';
import { UserError } from '../platform/errors';
import type { Predictor } from '../session/contract/session';

/** What `loadTest()` may ask of an endpoint. */
export interface LoadTestOptions {
  /** Milliseconds within which 99 of 100 requests must be answered. @default 100 */
  p99?: number;
  /** Requests a second of the first step; each next one doubles it. @default 25 */
  rate?: number;
  /** Of the last step. @default 3200 */
  maxRate?: number;
  /** Of each step. @default 2 */
  seconds?: number;
  /** In all. @default 20000 */
  maxRequests?: number;
}

/** One rate. Latencies are in milliseconds, of the requests that were answered. */
export interface LoadStep {
  /** Requests a second that were asked for. */
  rate: number;
  sent: number;
  p50: number;
  p99: number;
  /** Requests that were answered with an error. */
  failed: number;
  /** Whether all were answered, 99 of 100 in time. */
  held: boolean;
}

/** What an endpoint holds. */
export interface MeasuredLoad {
  /** In the order of their rates. */
  steps: LoadStep[];
  /** The highest rate that was held, in requests a second; 0 where the first was not. */
  held: number;
  /** The bound, in milliseconds. */
  p99: number;
  /** What a request takes while there are few: the median at the lowest rate. */
  milliseconds: number;
}

/** After the first rate that is not held: halvings of what lies between. */
const refinements = 3;
/** Requests without an answer yet, beyond which a step is given up. */
const mostUnanswered = 1000;
const usual = { p99: 100, rate: 25, maxRate: 3200, seconds: 2, maxRequests: 20_000 };

/**
 * Asks an endpoint for one headline at a time, faster and faster, until one request in a hundred takes longer than the bound
 * or fails, and then between the last rate that was held and the first that was not. A bar under the cell says how far it
 * is; interrupting the kernel ends it with what is known by then. The requests are made in this process: on one machine the
 * endpoint shares it with them, so that it holds less than it would alone.
 * @param headlines asked for in turn
 * @throws `UserError` where there is none, or an option is out of range
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
  if (headlines.length === 0)
    throw new UserError('loadTest() needs headlines to ask for, and was given none.');
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
      let lower = 0;
      let upper = Infinity;
      for (let next = rate; next <= maxRate && upper === Infinity; next *= 2) {
        const done = await step(next);
        if (!done) break;
        if (done.held) lower = next;
        else upper = next;
      }
      for (let time = 0; time < refinements && lower > 0 && upper < Infinity; time++) {
        const next = Math.round((lower + upper) / 2);
        const done = await step(next);
        if (!done) break;
        if (done.held) lower = next;
        else upper = next;
      }
    },
  );
  steps.sort((one, other) => one.rate - other.rate);
  const held = Math.max(0, ...steps.filter((one) => one.held).map((one) => one.rate));
  bar(progressBar(1, `${held} requests a second are held`));
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

/** Of numbers in their order: the smallest that at least this share does not exceed. NaN of none. */
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
