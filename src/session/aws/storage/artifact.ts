// Reads a model artifact's description from its archive in S3, without unpacking it, and makes tags from it.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { readEntry } from '../../../image/engine/tarball';
import { type Described, describeArtifact, descriptionFile } from '../../../model/artifact';
import { ArtifactFault } from '../../../platform/errors';
import type { AwsContext } from '../account/context';
import { parseS3Uri } from './objects';

/** Reads the description of an artifact in the account. Resolves to undefined if the artifact is damaged or has none. */
export async function describeObject(
  { clients, place }: AwsContext,
  uri: string,
): Promise<Described | undefined> {
  const object = parseS3Uri(uri);
  if (!object) return undefined;
  const { Body } = await clients.s3.send(
    new GetObjectCommand({ ...object, ExpectedBucketOwner: place.account }),
  );
  const archive = createGunzip();
  // Leaving the archive unread aborts the download.
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

/** Tags by which a model and an endpoint lead back to the training job. */
export const modelKey = 'model';
export const jobKey = 'training-job';

/** Returns the tags for a model and its endpoint; empty if the artifact has no description. */
export async function lineageTags(
  context: AwsContext,
  modelArtifact: string,
): Promise<{ Key: string; Value: string }[]> {
  const described = await describeObject(context, modelArtifact);
  if (!described) return [];
  const { data = {}, code, image } = described.description.origin ?? {};
  const words = Object.entries(data).map(([channel, hash]) => `${channel} ${hash}`);
  const job = /\/([^/]+)\/output\/[^/]+$/.exec(modelArtifact)?.[1];
  const tags = { [modelKey]: described.model, [jobKey]: job, data: words.join(' '), code, image };
  return Object.entries(tags).flatMap(([Key, Value]) => (Value ? [{ Key, Value: Value.slice(0, 256) }] : []));
}
