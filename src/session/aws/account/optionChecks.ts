// What the first cell says of the session on AWS, looked at before AWS is asked: what SageMaker would refuse after minutes.

import { UserError } from '../../../platform/errors';
import type { AwsSessionOptions } from './options';

const longestMinutes = 28 * 24 * 60;

/** Throws a {@link UserError} for what is out of range, and for what does not go together. */
export function checkOptions(options: AwsSessionOptions): void {
  const { serverless, maxRuntimeMinutes, maxWaitMinutes, endpointHours, dataCapturePercent } = options;
  expectBetween('maxRuntimeMinutes', maxRuntimeMinutes, [0.01, longestMinutes]);
  expectBetween('maxWaitMinutes', maxWaitMinutes, [maxRuntimeMinutes ?? 30, longestMinutes]);
  expectBetween('endpointHours', endpointHours, [0.01, 24 * 365]);
  expectBetween('dataCapturePercent', dataCapturePercent, [0, 100]);
  if (serverless) checkServerless(serverless, options);
}

/** Throws a {@link UserError} for what is out of range, and for what a serverless endpoint cannot have. */
export function checkServerless(
  { memoryMegabytes, concurrency }: NonNullable<AwsSessionOptions['serverless']>,
  { vpc, networkIsolation, dataCapturePercent }: AwsSessionOptions,
): void {
  expectBetween('serverless.memoryMegabytes', memoryMegabytes, [1024, 6144]);
  expectBetween('serverless.concurrency', concurrency, [1, 200]);
  if (memoryMegabytes % 1024 !== 0) {
    throw new UserError(`serverless.memoryMegabytes is ${memoryMegabytes}; it must be a multiple of 1024.`);
  }
  const unfit = Object.entries({ vpc, networkIsolation, dataCapturePercent }).filter(([, value]) => value);
  if (unfit.length === 0) return;
  throw new UserError(
    `A serverless endpoint has no ${unfit.map(([name]) => name).join(', ')}: leave that out, or leave out serverless.`,
  );
}

function expectBetween(name: string, value: number | undefined, [least, most]: [number, number]): void {
  if (value === undefined || (value >= least && value <= most)) return;
  throw new UserError(`The option ${name} is ${value}; it must be a number from ${least} to ${most}.`);
}
