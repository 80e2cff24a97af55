// What a model artifact in S3 says of itself, read out of its archive without unpacking it.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { readEntry } from '../../../image/engine/tarball';
import { type Described, describeArtifact, descriptionFile } from '../../../model/artifact';
import { ArtifactFault } from '../../../platform/errors';
import type { AwsContext } from './context';

/** @param uri s3://… of the account's own. Undefined where it is no artifact of this workshop's, or a damaged one. */
export async function describeObject(
  { clients, place }: AwsContext,
  uri: string,
): Promise<Described | undefined> {
  const { host: Bucket, pathname } = new URL(uri);
  const Key = decodeURIComponent(pathname.slice(1));
  const { Body } = await clients.s3.send(
    new GetObjectCommand({ Bucket, Key, ExpectedBucketOwner: place.account }),
  );
  const archive = createGunzip();
  // What is not read any more is not sent any more, either.
  const sent = pipeline(Body as Readable, archive).catch(() => undefined);
  try {
    const bytes = await readEntry(archive, descriptionFile);
    await sent;
    return bytes && describeArtifact(bytes);
  } catch (error) {
    const isDamaged =
      error instanceof ArtifactFault || /^(Z_|ERR_STREAM_|Unexpected end)/.test(codeOf(error));
    if (!isDamaged) throw error;
    return undefined;
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
