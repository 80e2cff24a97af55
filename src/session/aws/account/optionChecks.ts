// Checks the options of the session on AWS before any request, so that SageMaker does not reject them minutes later.
import { UserError } from '../../../platform/errors';
import type { AwsSessionOptions } from './options';

const longestMinutes = 28 * 24 * 60;

/** Throws a {@link UserError} for an option that is out of range or conflicts with another. */
export function checkOptions(options: AwsSessionOptions): void {
  const { serverless, maxRuntimeMinutes, maxWaitMinutes, endpointHours, dataCapturePercent } = options;
  expectBetween('maxRuntimeMinutes', maxRuntimeMinutes, [0.01, longestMinutes]);
  expectBetween('maxWaitMinutes', maxWaitMinutes, [maxRuntimeMinutes ?? 30, longestMinutes]);
  expectBetween('endpointHours', endpointHours, [0.01, 24 * 365]);
  expectBetween('dataCapturePercent', dataCapturePercent, [0, 100]);
  if (serverless) checkServerless(serverless, options);
  checkTags(options.tags ?? {});
  const { bucketPrefix = 'folder' } = options;
  if (!/^[\w!.*'()-]+(\/[\w!.*'()-]+)*$/.test(bucketPrefix)) {
    throw new UserError(
      `The option bucketPrefix is "${bucketPrefix}". It must be the name of a folder, such as projects/news, without a slash at ` +
        'its ends.',
    );
  }
}

/** S3 allows ten tags on an object, of which the workshop needs two. */
const mostTags = 8;
const reserved = ['project', 'owner', 'expires', 'start', 'model', 'training-job', 'data', 'code', 'image'];

function checkTags(tags: NonNullable<AwsSessionOptions['tags']>): void {
  const fail = (why: string) => new UserError(`The option tags cannot be used: ${why}`);
  const entries = Object.entries(tags);
  if (entries.length > mostTags) throw fail(`it has ${entries.length} tags, and ${mostTags} is the most.`);
  for (const [key, value] of entries) {
    if (reserved.includes(key)) throw fail(`the workshop sets the tag "${key}" itself.`);
    const isValid = [key, value].every((text) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text));
    if (!isValid || key === '' || key.length > 128 || value.length > 256 || /^aws:/i.test(key)) {
      throw fail(
        `AWS rejects "${key}" = "${value}". A key has 1 to 128 characters and does not start with aws:, a value has at most ` +
          '256; both consist of letters, digits, spaces and _ . : / = + - @',
      );
    }
  }
}

/** Throws a {@link UserError} for a setting that is out of range or that serverless endpoints do not support. */
export function checkServerless(
  { memoryMegabytes, concurrency }: NonNullable<AwsSessionOptions['serverless']>,
  { vpc, networkIsolation, dataCapturePercent }: AwsSessionOptions,
): void {
  expectBetween('serverless.memoryMegabytes', memoryMegabytes, [1024, 6144]);
  expectBetween('serverless.concurrency', concurrency, [1, 200]);
  if (memoryMegabytes % 1024 !== 0) {
    throw new UserError(`serverless.memoryMegabytes is ${memoryMegabytes}. It must be a multiple of 1024.`);
  }
  const unsupported = Object.entries({ vpc, networkIsolation, dataCapturePercent })
    .filter(([, value]) => value)
    .map(([name]) => name);
  if (unsupported.length === 0) return;
  throw new UserError(
    `Serverless endpoints do not support ${unsupported.join(', ')}. Leave that out, or leave out serverless.`,
  );
}

function expectBetween(name: string, value: number | undefined, [least, most]: [number, number]): void {
  if (value === undefined || (value >= least && value <= most)) return;
  throw new UserError(`The option ${name} is ${value}. It must be a number from ${least} to ${most}.`);
}
