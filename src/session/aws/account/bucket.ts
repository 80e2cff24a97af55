// Finds the default bucket of SageMaker's own tools, or creates it private and encrypted. Never uses a bucket of
// another account.
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import type { Tag } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import type { AwsClients } from './clients';
import type { Place } from './identity';
import type { AwsSessionOptions } from './options';
import { isDenied, statusCodeOf } from './serviceErrors';

/** Returns the name of the bucket that SageMaker's own tools use by default. */
export function defaultBucket({ account, region }: Place): string {
  return `sagemaker-${region.value}-${account}`;
}

interface BucketOptions extends Pick<AwsSessionOptions, 'bucket' | 'bucketPrefix' | 'kmsKey' | 'tags'> {
  onCreate: (name: string) => void;
  tell: (sentence: string) => void;
}

type OwnedBucket = { Bucket: string; ExpectedBucketOwner: string };

/** Returns the bucket's name. Throws a {@link UserError} if it belongs to another account or is in another region. */
export async function openBucket(
  { s3 }: AwsClients,
  place: Place,
  tags: Tag[],
  { onCreate, tell, ...options }: BucketOptions,
): Promise<string> {
  const { account, region } = place;
  const bucket = { Bucket: options.bucket ?? defaultBucket(place), ExpectedBucketOwner: account };
  try {
    checkRegion(bucket.Bucket, await findBucket(s3, bucket, options), region.value);
    return bucket.Bucket;
  } catch (error) {
    const status = statusCodeOf(error);
    if (status === 301) checkRegion(bucket.Bucket, 'another region', region.value);
    if (status === 403) {
      throw new UserError(
        `The bucket ${bucket.Bucket} belongs to another account, or you lack s3:ListBucket on it. Choose one of ` +
          'yours in the first cell: openSession({ bucket: "NAME" }).',
        { cause: error },
      );
    }
    if (status !== 404) throw error;
  }
  onCreate(bucket.Bucket);
  const denied = await createBucket(s3, bucket, region.value, tags, options);
  if (denied.length > 0) tell(describeDenied(bucket.Bucket, denied));
  return bucket.Bucket;
}

/** Returns the bucket's region, if S3 tells it. With a folder of your own you may be allowed to list that folder alone. */
export async function findBucket(
  s3: AwsClients['s3'],
  bucket: OwnedBucket,
  { bucketPrefix }: Pick<AwsSessionOptions, 'bucketPrefix'>,
): Promise<string | undefined> {
  try {
    return (await s3.send(new HeadBucketCommand(bucket))).BucketRegion;
  } catch (error) {
    if (!bucketPrefix || statusCodeOf(error) !== 403) throw error;
    await s3.send(new ListObjectsV2Command({ ...bucket, Prefix: `${bucketPrefix}/`, MaxKeys: 1 }));
    return undefined;
  }
}

/** Creates a bucket and returns the actions that were denied: the bucket is usable without them. */
async function createBucket(
  s3: AwsClients['s3'],
  bucket: OwnedBucket,
  region: string,
  tags: Tag[],
  { kmsKey, tags: own }: Pick<AwsSessionOptions, 'kmsKey' | 'tags'>,
): Promise<string[]> {
  const TagSet = tags as { Key: string; Value: string }[];
  const CreateBucketConfiguration = {
    // S3 rejects us-east-1 as a location constraint: it is the default.
    ...(region !== 'us-east-1' && { LocationConstraint: region as BucketLocationConstraint }),
    // An organisation may demand tags from the start, and then gives the permission for them, s3:TagResource.
    ...(own && { Tags: TagSet }),
  };
  const isEmpty = Object.keys(CreateBucketConfiguration).length === 0;
  const { Bucket } = bucket;
  await s3.send(new CreateBucketCommand(isEmpty ? { Bucket } : { Bucket, CreateBucketConfiguration }));
  const encryption = kmsKey
    ? {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: kmsKey },
        BucketKeyEnabled: true,
      }
    : { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };
  const settings: Record<string, () => Promise<unknown>> = {
    's3:PutBucketPublicAccessBlock': () =>
      s3.send(
        new PutPublicAccessBlockCommand({
          ...bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: true,
            RestrictPublicBuckets: true,
          },
        }),
      ),
    's3:PutEncryptionConfiguration': () =>
      s3.send(
        new PutBucketEncryptionCommand({
          ...bucket,
          ServerSideEncryptionConfiguration: { Rules: [encryption] },
        }),
      ),
    's3:PutBucketTagging': () =>
      s3.send(
        new PutBucketTaggingCommand({
          ...bucket,
          Tagging: { TagSet },
        }),
      ),
  };
  const denied: string[] = [];
  for (const [action, set] of Object.entries(settings)) {
    try {
      await set();
    } catch (error) {
      if (!isDenied(error)) throw error;
      denied.push(action);
    }
  }
  return denied;
}

function describeDenied(bucket: string, actions: readonly string[]): string {
  return (
    `The bucket ${bucket} was created with S3’s own settings, private and encrypted, and without those of the workshop: ` +
    `you lack ${actions.join(', ')}.`
  );
}

function checkRegion(bucket: string, found: string | undefined, wanted: string): void {
  if (found === undefined || found === wanted) return;
  throw new UserError(
    `The bucket ${bucket} is in ${found}, and jobs in ${wanted} cannot read it. Choose a bucket in ${wanted}: ` +
      'openSession({ bucket: "NAME" }), or work in the bucket’s region: openSession({ region: "…" }).',
  );
}
