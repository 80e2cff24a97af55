// Batch transform on this machine: the served container that answers it, started as an endpoint's is and told that it is
// a batch transform's. Requests that get no answer are sent again; a server that has died is started again.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { UserError } from '../../platform/errors';
import { briefSeconds, fetchWithin } from '../../platform/fetchWithin';
import type { RecordType } from '../contract/transform/parts';
import { Refusal } from '../contract/transform/refused';
import { deleteEndpoint, startEndpoint } from './endpoint';
import type { Program } from './record';
import { isRunning } from './record';

/** What the server says of itself at /execution-parameters. */
export interface BatchLimits {
  concurrency: number;
  /** Of a request's body. */
  bytes: number;
}

export interface BatchServer extends BatchLimits {
  /** The answer to a body. Throws a {@link Refusal}, or a {@link UserError} where there is none however often it is sent. */
  ask(body: string, type: RecordType): Promise<string>;
  close(): Promise<void>;
}

const tries = 6;
/** As long as SageMaker may be told to wait for an answer (InvocationsTimeoutInSeconds). */
const longestMilliseconds = 3_600_000;
const firstPauseMilliseconds = 100;
const longestPauseMilliseconds = 5000;
/** What a server says that may answer the same request later. */
const passing = [408, 425, 429, 500, 502, 503, 504];

/** @param folder of the job, in which the server's own is made and removed */
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

  /** Of several requests that see it dead, one starts it again. */
  async function startAgain(): Promise<void> {
    starting ??= restart().finally(() => {
      starting = undefined;
    });
    await starting;
  }

  async function restart(): Promise<void> {
    if (isClosed || isRunning(server.own)) return;
    say('The server has ended, and is started again.');
    await deleteEndpoint(server.own);
    server = await start();
  }

  async function ask(body: string, type: RecordType): Promise<string> {
    let pause = firstPauseMilliseconds;
    for (let attempt = 1; ; attempt++) {
      try {
        return await post(server.url, body, type);
      } catch (error) {
        if (error instanceof Refusal && !passing.includes(error.statusCode)) throw error;
        if (isClosed || attempt === tries) throw error instanceof Refusal ? error : noAnswer(error as Error);
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

function noAnswer({ message }: Error): UserError {
  return new UserError(`the server gave no answer, ${tries} times: ${message}`);
}

async function askLimits(url: string): Promise<BatchLimits> {
  const answer = await fetchWithin(briefSeconds, `${url}/execution-parameters`);
  // A container of one's own may not have it: then SageMaker's defaults.
  const told = answer.ok ? ((await answer.json()) as Record<string, number>) : {};
  await answer.body?.cancel().catch(() => undefined);
  const { MaxConcurrentTransforms = 1, MaxPayloadInMB = 6 } = told;
  const megabytes = MaxPayloadInMB > 0 ? MaxPayloadInMB : 6;
  return { concurrency: Math.max(1, MaxConcurrentTransforms), bytes: Math.floor(megabytes * 1_048_576) };
}

const pools = new Map<string, Dispatcher>();

/** A connection for each request, so that the server's idle worker takes it. */
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
  throw new Refusal(statusCode, wordsOf(text));
}

/** The server's own sentence, of whatever it has said. */
function wordsOf(text: string): string {
  try {
    return String((JSON.parse(text) as { error?: string }).error ?? text);
  } catch {
    return text.slice(0, 500);
  }
}
