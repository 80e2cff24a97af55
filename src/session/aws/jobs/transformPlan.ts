// What a batch transform on SageMaker was asked for, kept in S3 beside its results: whoever attaches to it, from whatever
// kernel, knows as much as who has started it.
import type { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { UserError } from '../../../platform/errors';
import { outputOf, type RecordType } from '../../contract/transform/parts';
import { unlessGone } from '../account/answers';
import { type AwsContext, prefix } from '../account/context';
import { sizesBelow } from '../account/objects';

export interface TransformPlan {
  /** s3://… of the parts, with a slash at its end. */
  input: string;
  /** Their names below it, in order. */
  parts: string[];
  type: RecordType;
  column?: number;
  /** The image's URI in ECR, and where the model artifact lies. */
  image: string;
  modelArtifact: string;
  instanceType: string;
  instanceCount: number;
  maxRuntimeMinutes: number;
}

/** Everything that S3 holds of it lies below. */
export function folderOf(name: string): string {
  return `${prefix}/transforms/${name}/`;
}

/** Where its results go. */
export function outputFolderOf(name: string): string {
  return `${folderOf(name)}output/`;
}

/** Writes a small object below its folder; returns its address. */
export async function writeObject(
  { clients, bucket, options }: AwsContext,
  Key: string,
  value: unknown,
): Promise<string> {
  const encryption = options.kmsKey && {
    ServerSideEncryption: 'aws:kms' as const,
    SSEKMSKeyId: options.kmsKey,
  };
  await clients.s3.send(
    new PutObjectCommand({ ...bucket, Key, Body: JSON.stringify(value), ...(encryption || {}) }),
  );
  return `s3://${bucket.Bucket}/${Key}`;
}

export async function writePlan(context: AwsContext, name: string, plan: TransformPlan): Promise<void> {
  await writeObject(context, `${folderOf(name)}request.json`, plan);
}

/** Undefined where none of that name was started. */
export async function readPlan(context: AwsContext, name: string): Promise<TransformPlan | undefined> {
  const body = await unlessGone(openObject(context, `${folderOf(name)}request.json`));
  if (!body) return undefined;
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) text += chunk;
  return JSON.parse(text) as TransformPlan;
}

export async function openObject({ clients, bucket }: AwsContext, Key: string): Promise<Readable> {
  const { Body } = await clients.s3.send(new GetObjectCommand({ ...bucket, Key }));
  return Body as Readable;
}

/** The key below the bucket of what lies at s3://…; of the session's bucket only. */
export function keyOf({ bucket }: AwsContext, uri: string): string {
  const start = `s3://${bucket.Bucket}/`;
  if (uri.startsWith(start)) return uri.slice(start.length);
  throw new UserError(`The input is not in this session's bucket: ${uri}. Upload it with this session.`);
}

/** For each part that is done, the key of its results. */
export async function findResults(
  context: AwsContext,
  name: string,
  { parts }: TransformPlan,
): Promise<Map<string, string>> {
  const folder = outputFolderOf(name);
  const keys = new Set((await sizesBelow(context, folder)).keys());
  const done = new Map<string, string>();
  for (const part of parts) {
    const key = folder + outputOf(part);
    if (keys.has(key)) done.set(part, key);
  }
  return done;
}
