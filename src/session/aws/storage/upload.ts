// Uploads a file or folder to S3, under a name made from its content: the same data is uploaded once, and an interrupted
// upload continues with the missing files.
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { Upload } from '@aws-sdk/lib-storage';
import { whileInterruptible } from '../../../display/interruptible';
import { contentHash } from '../../../platform/contentHash';
import { dataToUpload } from '../../../platform/dataFiles';
import { UserError } from '../../../platform/errors';
import { localPath } from '../../../platform/localAddress';
import { checkChannelName } from '../../contract/names';
import type { Channel } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { objectKey } from '../account/keys';
import { isDenied } from '../account/serviceErrors';
import { sizesBelow } from './objects';

interface Source {
  path: string;
  key: string;
  bytes: number;
}

/** The local paths of what this process has uploaded, by address in S3. */
const sources = new Map<string, string>();

/** Returns the local path of what was uploaded to a folder in S3, or undefined if it is unknown or has changed. */
export async function findSource(uri: string): Promise<string | undefined> {
  const source = sources.get(uri);
  if (source === undefined || !existsSync(source)) return undefined;
  return uri.endsWith(`-${await contentHash(source)}/`) ? source : undefined;
}

/**
 * Uploads a channel's files, skipping those that S3 already has.
 * @param onProgress called with a progress bar
 */
export async function uploadChannel(
  context: AwsContext,
  path: string,
  channel: string,
  onProgress: (line: string) => void,
): Promise<Channel> {
  checkChannelName(channel);
  const source = localPath(path);
  const files = await dataToUpload(source, context.tell);
  const folder = `${context.prefix}/channels/${channel}-${await contentHash(source)}/`;
  const present = await sizesBelow(context, folder);
  const missing = (await describeSources(source, files, folder)).filter(
    ({ key, bytes }) => present.get(key) !== bytes,
  );
  if (missing.length > 0) {
    context.recordCreation('upload', folder);
    await uploadAll(context, missing, (done, all) => onProgress(describeUpload(channel, done, all)));
  } else {
    onProgress(`${channel}: already there, unchanged`);
  }
  const uri = `s3://${context.bucket.Bucket}/${folder}`;
  sources.set(uri, source);
  return { name: channel, uri };
}

/** Returns a progress bar, such as `training: ██████░░░░ 12.1 of 20.0 MB`. */
function describeUpload(channel: string, done: number, all: number): string {
  const share = all === 0 ? 1 : done / all;
  const bar = '█'.repeat(Math.floor(share * 20)).padEnd(20, '░');
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return `${channel}: ${bar} ${megabytes(done)} of ${megabytes(all)} MB`;
}

async function describeSources(source: string, files: readonly string[], folder: string): Promise<Source[]> {
  const describe = async (path: string): Promise<Source> => ({
    path,
    key: folder + (relative(source, path) || basename(path)).split('\\').join('/'),
    bytes: (await stat(path)).size,
  });
  return await Promise.all(files.map(describe));
}

/** Uploads one file after the other. */
async function uploadAll(
  context: AwsContext,
  sources: readonly Source[],
  onProgress: (done: number, all: number) => void,
): Promise<void> {
  const all = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const source of sources) {
    await withTags(context, (tagging) =>
      uploadFile(context, source, tagging, (loaded) => onProgress(before + loaded, all)),
    );
    before += source.bytes;
  }
}

/** Sessions that may not tag objects. */
const untagged = new WeakSet<AwsContext>();

/** Uploads with tags; if that is denied, tells so once and uploads without. */
async function withTags(
  context: AwsContext,
  upload: (tagging: { Tagging?: string }) => Promise<void>,
): Promise<void> {
  const tags = Object.fromEntries(context.tags.map(({ Key, Value }) => [Key, Value]));
  const Tagging = new URLSearchParams(tags as Record<string, string>).toString();
  try {
    await upload(untagged.has(context) ? {} : { Tagging });
  } catch (error) {
    if (untagged.has(context) || !isDenied(error)) throw error;
    await upload({});
    untagged.add(context);
    context.tell('The uploaded files have no tags: you lack s3:PutObjectTagging.');
  }
}

/** Uploads a file in parallel parts with checksums that S3 verifies. Interrupting the kernel stops it. */
async function uploadFile(
  { clients, bucket, options }: AwsContext,
  { path, key }: Source,
  tagging: { Tagging?: string },
  onProgress: (loaded: number) => void,
): Promise<void> {
  const upload = new Upload({
    client: clients.s3,
    params: {
      ...bucket,
      Key: key,
      Body: createReadStream(path),
      ChecksumAlgorithm: 'CRC32',
      ...objectKey(options),
      ...tagging,
    },
    queueSize: 4,
    partSize: 8 * 1024 * 1024,
  });
  upload.on('httpUploadProgress', ({ loaded = 0 }) => onProgress(loaded));
  try {
    await whileInterruptible(
      () => void upload.abort(),
      () => upload.done(),
    );
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    throw new UserError(
      'Interrupted: the upload has stopped. Run this again to continue; files that have arrived are skipped.',
      { cause: error },
    );
  }
}
