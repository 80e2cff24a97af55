// Asks a served container for predictions over HTTP, a few hundred headlines at a time.
import type { Prediction } from './classifier';
import { UserError } from './errors';
import type { Predictor } from './session';

/** Keeps requests far below the payload limit, whatever the headlines. */
const headlinesPerRequest = 500;

/** @param url the server's address, without /invocations */
export function createPredictor(url: string): Predictor {
  async function predict(headline: string): Promise<Prediction>;
  async function predict(headlines: readonly string[]): Promise<Prediction[]>;
  async function predict(input: string | readonly string[]): Promise<Prediction | Prediction[]> {
    if (typeof input === 'string') return await invoke<Prediction>(url, input);
    const predictions: Prediction[] = [];
    for (let first = 0; first < input.length; first += headlinesPerRequest) {
      const part = input.slice(first, first + headlinesPerRequest);
      predictions.push(...(await invoke<{ results: Prediction[] }>(url, part)).results);
    }
    return predictions;
  }
  return { predict };
}

async function invoke<Answer>(url: string, input: string | readonly string[]): Promise<Answer> {
  const response = await post(`${url}/invocations`, JSON.stringify({ input }));
  const body = await response.json();
  if (response.ok) return body as Answer;
  throw new UserError(
    `The endpoint at ${url} answered ${response.status}: ${(body as { error?: string }).error}`,
  );
}

async function post(url: string, body: string): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  } catch (error) {
    const reason = (error as Error & { cause?: Error }).cause?.message ?? (error as Error).message;
    throw new UserError(`Nothing answers at ${url} (${reason}). Was the endpoint deleted? Deploy it again.`);
  }
}
