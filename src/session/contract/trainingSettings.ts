// Checks the settings of a training job besides its name, channels and network, in the same way in every session.
import { UserError } from '../../platform/errors';
import type { TrainingSettings } from './jobs';

/** SageMaker keeps the instance of a training job for at most an hour. */
const longestKeepAlive = 3600;
const mostRetries = 30;
const mostInstances = 5;

/** Throws a {@link UserError} for a setting that SageMaker does not accept. */
export function checkSettings({
  keepAlive,
  retries,
  instanceType,
  instances,
}: Pick<TrainingSettings, 'keepAlive' | 'retries' | 'instanceType' | 'instances'>): void {
  if (instances) checkInstances(instances, instanceType);
  expectWhole('keepAlive', keepAlive, [1, longestKeepAlive]);
  expectWhole('retries', retries, [0, mostRetries]);
}

function checkInstances(instances: readonly string[], instanceType: string | undefined): void {
  if (instanceType !== undefined) {
    throw new UserError('Both instanceType and instances are given. Leave one of them out.');
  }
  const isList = instances.length >= 1 && instances.length <= mostInstances;
  if (isList && new Set(instances).size === instances.length) return;
  throw new UserError(
    `instances is [${instances.join(', ')}]. It must list one to ${mostInstances} instance types, each once, such as ` +
      "['ml.c5.2xlarge', 'ml.m5.2xlarge'].",
  );
}

function expectWhole(name: string, value: number | undefined, [least, most]: [number, number]): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new UserError(
    `${name} is ${value}. It must be a whole number from ${least} to ${most}, or left out.`,
  );
}
