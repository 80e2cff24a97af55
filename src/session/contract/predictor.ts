// Asks a served container for predictions over HTTP, in requests of limited size.
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Prediction } from '../../model/training/classifier';
import { UserError } from '../../platform/errors';
import { fetchWithin, invocationSeconds } from '../../platform/fetchWithin';
import type { Predictor, TimedPrediction } from './endpoint';

/** SageMaker's limits of one request to a real-time endpoint: bytes of InvokeEndpoint's Body, and seconds. */
export const invocationLimits = { bytes: 6_291_456, seconds: 60 };

/** Far below the limits, so that a response comes soon. */
const perRequest = { headlines: 500, bytes: 1_000_000 };

/**
 * @param url the server's address, without /invocations
 * @param warn receives a sentence about each request that SageMaker would not have answered
 */
export function createPredictor(url: string, warn: (sentence: string) => void = console.warn): Predictor {
  return predictThrough(async (body) => {
    const start = performance.now();
    const answer = await post(url, body);
    const problem = describeExcess(Buffer.byteLength(body), (performance.now() - start) / 1000);
    if (problem) warn(problem);
    return answer;
  });
}

/** @param send posts a request's body and returns the parsed JSON of the response */
export function predictThrough(send: (body: string) => Promise<unknown>): Predictor {
  const invoke = async <Answer>(input: string | readonly string[]) => {
    const start = performance.now();
    const answer = (await send(JSON.stringify({ input }))) as Answer;
    return { answer, latency: Number((performance.now() - start).toFixed(1)) };
  };

  async function predict(headline: string): Promise<TimedPrediction>;
  async function predict(headlines: readonly string[]): Promise<TimedPrediction[]>;
  async function predict(input: string | readonly string[]): Promise<TimedPrediction | TimedPrediction[]> {
    if (typeof input === 'string') {
      const { answer, latency } = await invoke<Prediction>(input);
      return { ...answer, latency };
    }
    demandHeadlines(input);
    const predictions: TimedPrediction[] = [];
    for (const part of inRequests(input)) {
      const { answer, latency } = await invoke<{ results: Prediction[]; model?: string }>(part);
      const { results, model } = answer;
      predictions.push(...results.map((one) => ({ ...one, ...(model && { model }), latency })));
    }
    return predictions;
  }
  return { predict };
}

/** Throws a {@link UserError} for a value that is not a list of texts, as a cell that says `any` or `!` can pass. */
function demandHeadlines(input: unknown): void {
  if (!Array.isArray(input)) {
    throw new UserError(`predict() takes a headline or a list of headlines, but got ${inspect(input)}.`);
  }
  const wrong = input.findIndex((headline) => typeof headline !== 'string');
  if (wrong < 0) return;
  throw new UserError(
    `predict() takes texts, but headline ${wrong} of the list is ${inspect(input[wrong])}.`,
  );
}

function* inRequests(headlines: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const headline of headlines) {
    const more = Buffer.byteLength(headline);
    if (part.length === perRequest.headlines || (part.length > 0 && bytes + more > perRequest.bytes)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(headline);
    bytes += more;
  }
  if (part.length > 0) yield part;
}

function describeExcess(bytes: number, seconds: number): string | undefined {
  if (bytes > invocationLimits.bytes) {
    return `On SageMaker this request of ${bytes} bytes would be rejected: at most ${invocationLimits.bytes} are allowed.`;
  }
  if (seconds > invocationLimits.seconds) {
    return `On SageMaker this request would time out: it took ${seconds.toFixed(0)} s, and ${invocationLimits.seconds} are allowed.`;
  }
  return undefined;
}

async function post(url: string, body: string): Promise<unknown> {
  const response = await send(`${url}/invocations`, body);
  const answer = await response.json().catch((error: Error) => {
    throw new UserError(
      `The endpoint at ${url} answered ${response.status}, but not with whole JSON (${error.message}). Read its log.`,
      { cause: error },
    );
  });
  if (response.ok) return answer;
  throw new UserError(
    `The endpoint at ${url} answered ${response.status}: ${(answer as { error?: string }).error}`,
  );
}

/** Codes of a connection that the server closed, as it may at any moment while no answer is due. */
const closed = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

const retries = 3;
/** Time in which the client learns of the other connections that the server has closed. */
const pauseMilliseconds = 100;

/** Asks again where the connection was closed: predictions change nothing, so asking twice is safe. */
async function send(url: string, body: string, left = retries): Promise<Response> {
  try {
    return await fetchWithin(invocationSeconds, url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  } catch (error) {
    const { code = '' } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (left > 0 && closed.includes(code)) {
      await sleep(pauseMilliseconds);
      return await send(url, body, left - 1);
    }
    const reason = (error as Error & { cause?: Error }).cause?.message ?? (error as Error).message;
    throw new UserError(`Nothing answers at ${url} (${reason}). Was the endpoint deleted? Deploy it again.`, {
      cause: error,
    });
  }
}
