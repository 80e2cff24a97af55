// Reads an object in S3 as a stream. If the connection breaks, a new one continues at the same byte.
import type { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { UserError } from '../../../platform/errors';
import type { AwsContext } from '../account/context';
import { explainAwsError } from '../account/errors';
import { pause } from '../account/poll';
import { statusCodeOf } from '../account/serviceErrors';

/** Consecutive connections that may break without delivering a byte. */
const mostBroken = 5;

/**
 * Yields the bytes of an object in the session's bucket. Throws a {@link UserError} if the object changes while it is read
 * or the connection keeps breaking.
 */
export async function* readObject(context: AwsContext, Key: string): AsyncGenerator<Buffer> {
  let offset = 0;
  let version: string | undefined;
  for (let broken = 0; ; broken += 1) {
    const { Body, ETag, ContentLength = 0 } = await openAt(context, Key, offset, version);
    const end = offset + ContentLength;
    version ??= ETag;
    try {
      for await (const chunk of Body as Readable) {
        offset += (chunk as Buffer).length;
        broken = 0;
        yield chunk as Buffer;
      }
      return;
    } catch (error) {
      if (offset >= end || broken >= mostBroken) throw explainAwsError(error, 'S3', '');
    }
    await pause(context.pollSeconds / 10);
  }
}

async function openAt({ clients, bucket }: AwsContext, Key: string, offset: number, version?: string) {
  const rest = offset > 0 && { Range: `bytes=${offset}-`, IfMatch: version };
  try {
    return await clients.s3.send(new GetObjectCommand({ ...bucket, Key, ...rest }));
  } catch (error) {
    if (statusCodeOf(error) !== 412) throw error;
    throw new UserError(`s3://${bucket.Bucket}/${Key} changed while it was being read. Run this again.`, {
      cause: error,
    });
  }
}
