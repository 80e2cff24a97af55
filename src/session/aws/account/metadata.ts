// The file in which a notebook instance or a Studio space describes itself to the programs that run there.
import { existsSync, readFileSync } from 'node:fs';
import type { AwsSessionOptions } from './options';

const metadataFile = '/opt/ml/metadata/resource-metadata.json';

/** The parts of the file that the session uses. */
export interface Metadata {
  ResourceArn?: string;
  ResourceName?: string;
  ExecutionRoleArn?: string;
  /** Present in a project of SageMaker Unified Studio. */
  AdditionalMetadata?: { ProjectS3Path?: string };
}

/** Returns the content of the file, or undefined where there is none. */
export function readMetadata(path = metadataFile): Metadata | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Metadata) : undefined;
}

/** Returns the name of the notebook instance that the file describes, if it is one. */
export function nameOfNotebook({ ResourceArn = '', ResourceName }: Metadata = {}): string | undefined {
  return ResourceArn.includes(':notebook-instance/') ? ResourceName : undefined;
}

/** Returns the bucket and folder of the Unified Studio project that the file describes: its role may use no others. */
export function projectBucket({
  AdditionalMetadata,
}: Metadata = {}): Pick<AwsSessionOptions, 'bucket' | 'bucketPrefix'> {
  const { ProjectS3Path } = AdditionalMetadata ?? {};
  const [, bucket, bucketPrefix] = /^s3:\/\/([^/]+)\/*(.*?)\/*$/.exec(ProjectS3Path ?? '') ?? [];
  return { ...(bucket && { bucket }), ...(bucketPrefix && { bucketPrefix }) };
}
