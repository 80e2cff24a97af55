// Step 8: what the environment tells the server; each setting with its default and range.
import { UserError } from './errors';
import { defaultMaxPayloadBytes } from './server';
import type { LogDetail } from './servingLog';

export interface ServingSettings {
  host: string;
  port: number;
  maxPayloadBytes: number;
  /** Until a request must have been answered. */
  deadlineSeconds: number;
  /** Processes that answer. */
  workers: number;
  log: LogDetail;
  /** Whether there is /metrics. */
  hasMetrics: boolean;
}

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
  return {
    host: environment.BIND_ADDRESS ?? '0.0.0.0',
    port: number('SAGEMAKER_BIND_TO_PORT', 1, 65535, 8080),
    maxPayloadBytes: toPayloadBytes(megabytes),
    deadlineSeconds: number('SAGEMAKER_MODEL_SERVER_TIMEOUT', 1, 3600, 60),
    workers: number('SAGEMAKER_MODEL_SERVER_WORKERS', 1, 64, 1),
    log: word('SERVING_LOG', ['errors', 'requests', 'headlines'], 'errors'),
    hasMetrics: word('SERVING_METRICS', ['on', 'off'], 'off') === 'on',
  };
}

/** Of batch transform, where 0 stands for no limit (MaxPayloadInMB in CreateTransformJob). */
function toPayloadBytes(megabytes: number): number {
  if (megabytes < 0) return defaultMaxPayloadBytes;
  return megabytes === 0 ? Number.MAX_SAFE_INTEGER : megabytes * 1_048_576;
}
