// Chooses the KMS key for volumes, for what jobs write, and for uploads.
import type { AwsSessionOptions } from './options';

type Keys = Pick<AwsSessionOptions, 'kmsKey' | 'outputKmsKey'>;

/** Instance types with disks of their own, which encrypt themselves. SageMaker rejects a key for them. */
const ownDisks = /^ml\.([a-z]+\d+[a-z]*d[a-z]*|g[4-9]\w*|i\d\w*|p[4-6]\w*|trn\d\w*)\./;

/** Returns the key for the volumes of an instance; undefined for SageMaker's own. */
export function volumeKey({ kmsKey }: Keys, instanceType: string): string | undefined {
  return ownDisks.test(instanceType) ? undefined : kmsKey;
}

/** Returns the key for artifacts, results and captured data; undefined for the services' own. */
export function outputKey({ outputKmsKey, kmsKey }: Keys): string | undefined {
  return outputKmsKey ?? kmsKey;
}

/** Returns the fields for an object that the workshop uploads. */
export function objectKey({ kmsKey }: Keys) {
  return kmsKey ? { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKey } : {};
}
