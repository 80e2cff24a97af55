// Looks for objects in S3, lists the ones with a prefix, and deletes them.
import { DeleteObjectsCommand, HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { UserError } from '../../../platform/errors';
import type { AwsContext } from '../account/context';
import { quote } from '../account/errors';
import { isGone, statusCodeOf } from '../account/serviceErrors';

/** Returns the bucket and the key of s3://BUCKET/KEY, without decoding: S3 addresses are not percent-encoded. */
export function parseS3Uri(uri: string): { Bucket: string; Key: string } | undefined {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return Bucket && Key ? { Bucket, Key } : undefined;
}

/** Returns whether the account has an object at s3://…. Throws a {@link UserError} without permission to read it. */
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
      `You have no permission to read ${uri}: the bucket belongs to another account, or s3:GetObject is missing. ` +
        quote(error, 'S3'),
      { cause: error },
    );
  }
}

/** Throws a {@link UserError} if s3://… has no model artifact, or if you have no permission to read it. */
export async function expectArtifact(context: AwsContext, uri: string): Promise<void> {
  if (!uri.startsWith('s3://')) {
    throw new UserError(
      `${uri} is not in S3. A session on AWS takes the model artifact of a finished job: s3://BUCKET/…/model.tar.gz. To ` +
        "serve a folder on this machine, use openSession({ kind: 'process' }), or pack and copy it: " +
        'tar -czf model.tar.gz -C FOLDER . && aws s3 cp model.tar.gz s3://BUCKET/…',
    );
  }
  if (await exists(context, uri)) return;
  throw new UserError(`There is no model artifact at ${uri}. Use the modelArtifact of a finished job.`);
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

/** Deletes the bucket's objects whose keys start with a prefix. Throws a {@link UserError} if S3 keeps one. */
export async function deleteObjects(context: AwsContext, folder: string): Promise<void> {
  const keys = [...(await sizesBelow(context, folder)).keys()];
  for (let first = 0; first < keys.length; first += 1000) {
    const Objects = keys.slice(first, first + 1000).map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ ...context.bucket, Delete: { Objects } });
    const { Errors: [failed] = [] } = await context.clients.s3.send(command);
    if (failed) throw new UserError(`S3 did not delete ${failed.Key}: ${failed.Message ?? failed.Code}`);
  }
}
