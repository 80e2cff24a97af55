// Sets up moto's empty account for the workshop: an execution role, and the record of an image in ECR.
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

/** Returns the environment of a session on the stand-in for AWS: its address and invented credentials. */
export function rehearsalEnvironment(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SAGEMAKER_ROLE: roleName,
    POLL_SECONDS: '0.5',
    // Your defaults name things that this account lacks.
    WORKSHOP_DEFAULTS: '',
  };
}

/** Returns whether an environment variable could lead a rehearsal to the real AWS. */
export function leadsElsewhere(name: string): boolean {
  return /^AWS_(?!EC2_METADATA)/.test(name);
}

/** Creates a role that SageMaker may assume. */
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

/** Records an image in ECR without pushing one, and returns its URI. */
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
