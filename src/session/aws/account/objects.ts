// Objects in S3: whether one exists, what a folder holds, and deleting all of it.
import { DeleteObjectsCommand, HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { UserError } from '../../../platform/errors';
import { isGone, statusCodeOf } from './answers';
import type { AwsContext } from './context';
import { wordsOf } from './errors';

/** Returns the bucket and the key of s3://BUCKET/KEY, as they are: an address in S3 is not percent-encoded. */
export function parseS3Uri(uri: string): { Bucket: string; Key: string } | undefined {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return Bucket && Key ? { Bucket, Key } : undefined;
}

/** Returns whether the account has an object at s3://…. Throws a {@link UserError} if it may not be read. */
export async function exists({ clients, place }: AwsContext, uri: string): Promise<boolean> {
  const object = parseS3Uri(uri);
  if (!object) return false;
  try {
    await clients.s3.send(new HeadObjectCommand({ ...object, ExpectedBucketOwner: place.account }));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    if (statusCodeOf(error) !== 403) throw error;
    throw new UserError(
      `You may not read ${uri}: the bucket belongs to another account, or s3:GetObject is missing. ${wordsOf(error, 'S3')}`,
      { cause: error },
    );
  }
}

/** Throws a {@link UserError} if there is no model artifact at s3://…, or if it may not be read. */
export async function expectArtifact(context: AwsContext, uri: string): Promise<void> {
  if (!uri.startsWith('s3://')) {
    throw new UserError(
      `${uri} is not in S3. A session on AWS takes the artifact that a finished job names: s3://BUCKET/…/model.tar.gz. To ` +
        "serve a folder on this machine, use openSession({ kind: 'process' }), or pack and copy it: " +
        'tar -czf model.tar.gz -C FOLDER . && aws s3 cp model.tar.gz s3://BUCKET/…',
    );
  }
  if (await exists(context, uri)) return;
  throw new UserError(`There is no model artifact at ${uri}. Deploy the one that a finished job names.`);
}

/** Returns the sizes in bytes of the bucket's objects whose keys start with a prefix, by key. */
export async function sizesBelow(
  { clients, bucket }: AwsContext,
  Prefix: string,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: clients.s3 },
    { ...bucket, Prefix },
  )) {
    for (const { Key = '', Size = 0 } of Contents) sizes.set(Key, Size);
  }
  return sizes;
}

/** Deletes the bucket's objects whose keys start with a prefix. Throws a {@link UserError} for one that S3 keeps. */
export async function deleteObjects(context: AwsContext, folder: string): Promise<void> {
  const keys = [...(await sizesBelow(context, folder)).keys()];
  for (let first = 0; first < keys.length; first += 1000) {
    const Objects = keys.slice(first, first + 1000).map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ ...context.bucket, Delete: { Objects } });
    const { Errors: [refused] = [] } = await context.clients.s3.send(command);
    if (refused) throw new UserError(`S3 did not delete ${refused.Key}: ${refused.Message ?? refused.Code}`);
  }
}
