// The request of a batch transform on SageMaker. S3 keeps it with the results, so that any kernel can attach to the job.
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { UserError } from '../../../platform/errors';
import { outputOf, type RecordType } from '../../contract/transform/parts';
import type { AwsContext } from '../account/context';
import { objectKey } from '../account/keys';
import { unlessGone } from '../account/serviceErrors';
import { readObject } from '../storage/objectReader';
import { sizesBelow } from '../storage/objects';

export interface TransformPlan {
  /** Location of the parts: s3://… with a slash at its end. */
  input: string;
  /** Names of the parts below the input, in order. */
  parts: string[];
  type: RecordType;
  column?: number;
  /** URI of the image in ECR. */
  image: string;
  /** s3://…/model.tar.gz */
  modelArtifact: string;
  instanceType: string;
  instanceCount: number;
  maxRuntimeMinutes: number;
}

/** Returns the prefix of all the keys of a batch transform in S3. */
export function folderOf({ prefix }: AwsContext, name: string): string {
  return `${prefix}/transforms/${name}/`;
}

/** Returns the prefix of the keys of its results. */
export function outputFolderOf(context: AwsContext, name: string): string {
  return `${folderOf(context, name)}output/`;
}

/** Writes a value as a small JSON object and returns its address. */
export async function writeObject(
  { clients, bucket, options }: AwsContext,
  Key: string,
  value: unknown,
): Promise<string> {
  await clients.s3.send(
    new PutObjectCommand({ ...bucket, Key, Body: JSON.stringify(value), ...objectKey(options) }),
  );
  return `s3://${bucket.Bucket}/${Key}`;
}

export async function writePlan(context: AwsContext, name: string, plan: TransformPlan): Promise<void> {
  await writeObject(context, `${folderOf(context, name)}request.json`, plan);
}

/** Resolves to undefined if no batch transform of that name was started. */
export async function readPlan(context: AwsContext, name: string): Promise<TransformPlan | undefined> {
  const bytes = await unlessGone(buffer(readObject(context, `${folderOf(context, name)}request.json`)));
  return bytes && (JSON.parse(bytes.toString()) as TransformPlan);
}

/** Returns the key of an address in the session's bucket. Throws a {@link UserError} for any other address. */
export function keyOf({ bucket }: AwsContext, uri: string): string {
  const start = `s3://${bucket.Bucket}/`;
  if (uri.startsWith(start)) return uri.slice(start.length);
  throw new UserError(`The input is not in this session's bucket: ${uri}. Upload it with this session.`);
}

/** Returns the keys of the results by part, and the parts without results. */
export async function findResults(
  context: AwsContext,
  name: string,
  { parts }: TransformPlan,
): Promise<{ done: Map<string, string>; missing: string[] }> {
  const folder = outputFolderOf(context, name);
  const keys = new Set((await sizesBelow(context, folder)).keys());
  const done = new Map<string, string>();
  for (const part of parts) {
    const key = folder + outputOf(part);
    if (keys.has(key)) done.set(part, key);
  }
  return { done, missing: parts.filter((part) => !done.has(part)) };
}
