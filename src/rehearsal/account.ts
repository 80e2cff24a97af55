// What a new account of moto's lacks for the workshop: an execution role, and an image in ECR where none is pushed.
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  ECRClient,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';

import { connection, credentials, region } from './runs/connection';

const roleName = 'rehearsal-execution-role';
const repositoryName = 'sagemaker-text-classification';
const imageTag = 'rehearsal';

/** Credentials that open nothing, and the address of what stands in for AWS. */
export function rehearsalEnvironment(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SAGEMAKER_ROLE: roleName,
  };
}

/** What a person’s own settings may hold, and would lead a rehearsal to the real AWS. */
export function leadsElsewhere(name: string): boolean {
  return /^AWS_(?!EC2_METADATA)/.test(name);
}

/** A role that SageMaker may take on. */
export async function createRole(url: string): Promise<void> {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'sagemaker.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await new IAMClient(connection(url)).send(
    new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument: policy }),
  );
}

/** An image of which only ECR's record exists: its URI. */
export async function recordImage(url: string): Promise<string> {
  const ecr = new ECRClient(connection(url));
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: 1, digest: digest('a') },
    layers: [],
  };
  await ecr.send(new PutImageCommand({ repositoryName, imageTag, imageManifest: JSON.stringify(manifest) }));
  const { images } = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag }] }));
  return `${repository?.repositoryUri}@${images?.[0]?.imageId?.imageDigest}`;
}
