// The server's settings from environment variables, each with its default and range.
import { availableParallelism } from 'node:os';
import { UserError } from '../../platform/errors';
import { memoryLimit } from '../../platform/memory';
import { defaultMaxPayloadBytes } from './http/sizeLimits';
import type { LogDetail } from './log';

export interface ServingSettings {
  host: string;
  port: number;
  maxPayloadBytes: number;
  /** Time within which a request must be answered. */
  deadlineSeconds: number;
  /** Whether the requests come from a batch transform: all are long, and no client waits for a single answer. */
  isBatch: boolean;
  /** Number of processes that answer. */
  workers: number;
  log: LogDetail;
  /** Whether there is /metrics. */
  hasMetrics: boolean;
}

/** Batch transform's longest timeout, in seconds (InvocationsTimeoutInSeconds in CreateTransformJob). */
const longestInvocation = 3600;

/** Most memory that a worker takes with the workshop's models, in bytes. */
const workerBytes = 700_000_000;

/** Throws a {@link UserError} that names the variable, its value, and what was expected. */
export function readServingSettings(environment: NodeJS.ProcessEnv = process.env): ServingSettings {
  const number = (name: string, minimum: number, maximum: number, usual: number): number => {
    const text = environment[name];
    if (text === undefined || text === '') return usual;
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new UserError(`${name} is "${text}"; expected a whole number from ${minimum} to ${maximum}.`);
  };
  const word = <Word extends string>(name: string, words: readonly Word[], usual: Word): Word => {
    const text = environment[name];
    if (text === undefined || text === '') return usual;
    const known = words.find((candidate) => candidate === text);
    if (known !== undefined) return known;
    throw new UserError(`${name} is "${text}"; expected one of ${words.join(', ')}.`);
  };
  const megabytes = number('SAGEMAKER_MAX_PAYLOAD_IN_MB', 0, 100, -1);
  const isBatch = environment.SAGEMAKER_BATCH === 'true';
  return {
    host: environment.BIND_ADDRESS ?? '0.0.0.0',
    port: number('SAGEMAKER_BIND_TO_PORT', 1, 65535, 8080),
    maxPayloadBytes: toPayloadBytes(megabytes),
    deadlineSeconds: number('SAGEMAKER_MODEL_SERVER_TIMEOUT', 1, 3600, isBatch ? longestInvocation : 60),
    isBatch,
    workers: number('SAGEMAKER_MODEL_SERVER_WORKERS', 1, 64, isBatch ? batchWorkers() : 1),
    log: word('SERVING_LOG', ['errors', 'requests', 'headlines'], 'errors'),
    hasMetrics: word('SERVING_METRICS', ['on', 'off'], 'off') === 'on',
  };
}

/** Returns one worker for each processor, or fewer if memory is short. */
function batchWorkers(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(memoryLimit() / workerBytes), 64));
}

/** Converts MaxPayloadInMB of CreateTransformJob, where 0 means no limit. */
function toPayloadBytes(megabytes: number): number {
  if (megabytes < 0) return defaultMaxPayloadBytes;
  return megabytes === 0 ? Number.MAX_SAFE_INTEGER : megabytes * 1_048_576;
}
