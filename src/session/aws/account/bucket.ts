// Finds the default bucket of SageMaker's own tools, or creates it private and encrypted. Never uses a bucket of
// another account.
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import type { Tag } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import type { AwsClients } from './clients';
import type { Place } from './identity';
import { statusCodeOf } from './serviceErrors';

/** Returns the name of the bucket that SageMaker's own tools use by default. */
export function defaultBucket({ account, region }: Place): string {
  return `sagemaker-${region.value}-${account}`;
}

/** Returns the bucket's name. Throws a {@link UserError} if it belongs to another account or is in another region. */
export async function openBucket(
  { s3 }: AwsClients,
  place: Place,
  tags: Tag[],
  { name, onCreate }: { name?: string | undefined; onCreate: (name: string) => void },
): Promise<string> {
  const { account, region } = place;
  const bucket = { Bucket: name ?? defaultBucket(place), ExpectedBucketOwner: account };
  try {
    const { BucketRegion } = await s3.send(new HeadBucketCommand(bucket));
    checkRegion(bucket.Bucket, BucketRegion, region.value);
    return bucket.Bucket;
  } catch (error) {
    const status = statusCodeOf(error);
    if (status === 301) checkRegion(bucket.Bucket, 'another region', region.value);
    if (status === 403) {
      throw new UserError(
        `The bucket ${bucket.Bucket} belongs to another account, or you have no permission to use it. Choose one of ` +
          'yours in the first cell: openSession({ bucket: "NAME" }).',
        { cause: error },
      );
    }
    if (status !== 404) throw error;
  }
  onCreate(bucket.Bucket);
  await createBucket(s3, bucket, region.value, tags);
  return bucket.Bucket;
}

async function createBucket(
  s3: AwsClients['s3'],
  bucket: { Bucket: string; ExpectedBucketOwner: string },
  region: string,
  TagSet: Tag[],
): Promise<void> {
  // S3 rejects us-east-1 as a location constraint: it is the default.
  const elsewhere = region !== 'us-east-1' && {
    CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
  };
  await s3.send(new CreateBucketCommand({ Bucket: bucket.Bucket, ...elsewhere }));
  await s3.send(
    new PutPublicAccessBlockCommand({
      ...bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
  const encryption = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };
  await s3.send(
    new PutBucketEncryptionCommand({
      ...bucket,
      ServerSideEncryptionConfiguration: { Rules: [encryption] },
    }),
  );
  await s3.send(
    new PutBucketTaggingCommand({
      ...bucket,
      Tagging: { TagSet: TagSet as { Key: string; Value: string }[] },
    }),
  );
}

function checkRegion(bucket: string, found: string | undefined, wanted: string): void {
  if (found === undefined || found === wanted) return;
  throw new UserError(
    `The bucket ${bucket} is in ${found}, and jobs in ${wanted} cannot read it. Choose a bucket in ${wanted}: ` +
      'openSession({ bucket: "NAME" }), or work in the bucket’s region: openSession({ region: "…" }).',
  );
}
