// The server of a batch transform on this machine: started like an endpoint's, in batch mode. Sends a request again if it
// gets no response, and restarts a server that has died.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { UserError } from '../../platform/errors';
import { briefSeconds, fetchWithin } from '../../platform/fetchWithin';
import type { RecordType } from '../contract/transform/parts';
import { Rejection } from '../contract/transform/rejected';
import { deleteEndpoint, startEndpoint } from './endpoint';
import type { Program } from './record';
import { isRunning } from './record';

/** Limits that the server reports at /execution-parameters. */
interface BatchLimits {
  concurrency: number;
  /** Most bytes of a request's body. */
  bytes: number;
}

export interface BatchServer extends BatchLimits {
  /** Posts a body and returns the response. Throws a {@link Rejection}, or a {@link UserError} if no response comes after all tries. */
  ask(body: string, type: RecordType): Promise<string>;
  close(): Promise<void>;
}

const tries = 6;
/** SageMaker's longest timeout of a response (InvocationsTimeoutInSeconds). */
const longestMilliseconds = 3_600_000;
const firstPauseMilliseconds = 100;
const longestPauseMilliseconds = 5000;
/** Statuses after which the same request may succeed later. */
const passing = [408, 425, 429, 500, 502, 503, 504];

/** @param folder the job's; the server's own folder is created and removed in it */
export async function startBatchServer(
  folder: string,
  modelArtifact: string,
  program: Program,
  say: (line: string) => void,
): Promise<BatchServer> {
  const batch = { ...program, environment: { ...program.environment, SAGEMAKER_BATCH: 'true' } };
  let server = await start();
  let starting: Promise<void> | undefined;
  let isClosed = false;

  async function start() {
    const own = join(folder, 'serving', `server-${randomBytes(4).toString('hex')}`);
    const { url } = await startEndpoint(own, modelArtifact, batch);
    return { own, url, limits: await askLimits(url) };
  }

  /** Restarts a dead server, one time for all waiting requests. */
  async function startAgain(): Promise<void> {
    starting ??= restart().finally(() => {
      starting = undefined;
    });
    await starting;
  }

  async function restart(): Promise<void> {
    if (isClosed || isRunning(server.own)) return;
    say('The server has ended. Restarting it.');
    await deleteEndpoint(server.own);
    server = await start();
  }

  async function ask(body: string, type: RecordType): Promise<string> {
    let pause = firstPauseMilliseconds;
    for (let attempt = 1; ; attempt++) {
      try {
        return await post(server.url, body, type);
      } catch (error) {
        if (error instanceof Rejection && !passing.includes(error.statusCode)) throw error;
        if (isClosed || attempt === tries) throw error instanceof Rejection ? error : noAnswer(error);
        say(`Sent again: ${(error as Error).message}`);
      }
      await sleep(pause);
      pause = Math.min(2 * pause, longestPauseMilliseconds);
      await startAgain();
    }
  }

  return {
    ...server.limits,
    ask,
    async close() {
      isClosed = true;
      await starting?.catch(() => undefined);
      await deleteEndpoint(server.own);
      await rm(join(folder, 'serving'), { recursive: true, force: true });
    },
  };
}

function noAnswer(error: unknown): UserError {
  const { message } = error as Error;
  return new UserError(`the server did not answer after ${tries} tries: ${message}`, { cause: error });
}

async function askLimits(url: string): Promise<BatchLimits> {
  const answer = await fetchWithin(briefSeconds, `${url}/execution-parameters`);
  // A custom container may not have it: then SageMaker's defaults apply.
  const told = answer.ok ? ((await answer.json()) as Record<string, number>) : {};
  await answer.body?.cancel().catch(() => undefined);
  const { MaxConcurrentTransforms = 1, MaxPayloadInMB = 6 } = told;
  const megabytes = MaxPayloadInMB > 0 ? MaxPayloadInMB : 6;
  return { concurrency: Math.max(1, MaxConcurrentTransforms), bytes: Math.floor(megabytes * 1_048_576) };
}

const pools = new Map<string, Dispatcher>();

/** Opens a connection for each request, so that an idle worker of the server takes it. */
function poolOf(url: string): Dispatcher {
  const pool =
    pools.get(url) ??
    new Pool(url, { pipelining: 0, headersTimeout: longestMilliseconds, bodyTimeout: longestMilliseconds });
  pools.set(url, pool);
  return pool;
}

async function post(url: string, body: string, type: RecordType): Promise<string> {
  const { statusCode, body: answer } = await poolOf(url).request({
    path: '/invocations',
    method: 'POST',
    headers: { 'content-type': type, accept: type },
    body,
  });
  const text = await answer.text();
  if (statusCode === 200) return text;
  throw new Rejection(statusCode, wordsOf(text));
}

/** Returns the server's error message, or the start of any other text. */
function wordsOf(text: string): string {
  try {
    return String((JSON.parse(text) as { error?: string }).error ?? text);
  } catch {
    return text.slice(0, 500);
  }
}
