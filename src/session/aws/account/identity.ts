// Where am I: region, account, identity and execution role, each with where it came from.
import { existsSync, readFileSync } from 'node:fs';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { DescribeNotebookInstanceCommand } from '@aws-sdk/client-sagemaker';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../../../platform/errors';
import type { AwsClients } from './clients';

/** A fact and its source. */
export interface Sourced {
  value: string;
  /** Such as "the option region" or "AWS_REGION". */
  from: string;
}

export interface Place {
  region: Sourced;
  account: string;
  /** Such as arn:aws:iam::123456789012:user/ann */
  identity: string;
  /** Where the credentials come from, such as "environment variables". */
  credentials: string;
  /** The notebook instance that this runs on, if any. */
  notebook: string | undefined;
  /** The role that training jobs and endpoints take on; undefined where none was found. */
  role: Sourced | undefined;
}

/** Where a notebook instance, or a Studio space, says what it is. */
const metadataFile = '/opt/ml/metadata/resource-metadata.json';

interface Metadata {
  ResourceArn?: string;
  ResourceName?: string;
  ExecutionRoleArn?: string;
}

/** Throws a {@link UserError} where nothing names a region. */
export async function findRegion(option?: string): Promise<Sourced> {
  if (option) return { value: option, from: 'the option region' };
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const value = process.env[name];
    if (value) return { value, from: name };
  }
  const ofProfile = await new STSClient({}).config.region().catch(() => undefined);
  if (ofProfile) return { value: ofProfile, from: `the AWS profile ${process.env.AWS_PROFILE ?? 'default'}` };
  const ofNotebook = readMetadata(metadataFile).ResourceArn?.split(':')[3];
  if (ofNotebook) return { value: ofNotebook, from: 'the notebook instance' };
  throw new UserError(
    'No AWS region is chosen. Name one in the first cell, openSession({ region: "us-east-1" }), or in AWS_REGION ' +
      'before the notebook’s server starts.',
  );
}

/** Account, identity and role, of the credentials that the SDK finds. */
export async function findPlace(
  clients: AwsClients,
  region: Sourced,
  { role, metadata = metadataFile }: { role?: string | undefined; metadata?: string } = {},
): Promise<Place> {
  const { Account: account = '', Arn: identity = '' } = await clients.sts.send(
    new GetCallerIdentityCommand({}),
  );
  const known = readMetadata(metadata);
  return {
    region,
    account,
    identity,
    credentials: await findSource(clients),
    notebook: nameOfNotebook(known),
    role: await findRole(clients, identity, role, known),
  };
}

async function findRole(
  clients: AwsClients,
  identity: string,
  option: string | undefined,
  metadata: Metadata,
): Promise<Sourced | undefined> {
  const [, partition, , , account] = identity.split(':');
  const asArn = (role: string) =>
    role.startsWith('arn:') ? role : `arn:${partition}:iam::${account}:role/${role}`;

  if (option) return { value: asArn(option), from: 'the option role' };
  if (metadata.ExecutionRoleArn) return { value: metadata.ExecutionRoleArn, from: 'the Studio space' };
  const notebook = nameOfNotebook(metadata);
  const ofNotebook = notebook && (await roleOfNotebook(clients, notebook));
  if (ofNotebook) return { value: ofNotebook, from: `the notebook instance ${notebook}` };
  const assumed = /:assumed-role\/([^/]+)\//.exec(identity)?.[1];
  // People who sign in through IAM Identity Center have a role that SageMaker can never take on.
  if (assumed && !assumed.startsWith('AWSReservedSSO_')) {
    return {
      value: await arnOfRole(clients, assumed, asArn(assumed)),
      from: 'the role behind the credentials',
    };
  }
  const named = process.env.SAGEMAKER_ROLE;
  return named ? { value: asArn(named), from: 'SAGEMAKER_ROLE' } : undefined;
}

/** Undefined where asking is not allowed: its credentials are of the same role. */
async function roleOfNotebook({ sagemaker }: AwsClients, name: string): Promise<string | undefined> {
  try {
    const command = new DescribeNotebookInstanceCommand({ NotebookInstanceName: name });
    return (await sagemaker.send(command)).RoleArn;
  } catch {
    return undefined;
  }
}

function nameOfNotebook({ ResourceArn = '', ResourceName }: Metadata): string | undefined {
  return ResourceArn.includes(':notebook-instance/') ? ResourceName : undefined;
}

/** What the SDK has noted of where it found the credentials. */
async function findSource({ sts }: AwsClients): Promise<string> {
  const { $source = {} } = (await sts.config.credentials()) as { $source?: object };
  const noted = Object.keys($source).filter((feature) => feature.startsWith('CREDENTIALS_'));
  return (
    sources.find(([feature]) => noted.some((one) => one.includes(feature)))?.[1] ?? 'the SDK’s own search'
  );
}

/** The first that fits counts: credentials of a profile may be those of its SSO. */
const sources = [
  ['ENV_VARS', 'environment variables'],
  ['SSO', 'single sign-on'],
  ['PROCESS', 'the profile’s program'],
  ['WEB_ID', 'a web identity'],
  ['IMDS', 'the machine’s role'],
  ['HTTP', 'the container’s role'],
  ['LOGIN', 'aws login'],
  ['PROFILE', 'a profile'],
] as const;

/** With its path, which the credentials do not tell; where asking is not allowed, `otherwise`. */
async function arnOfRole({ iam }: AwsClients, RoleName: string, otherwise: string): Promise<string> {
  try {
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role?.Arn ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** The role's ARN. Throws a {@link UserError} where there is none. */
export function expectRole({ role, identity }: Place): string {
  if (role) return role.value;
  throw new UserError(
    `No execution role was found: ${identity} is not a role that SageMaker could take on. Name one in the first ` +
      'cell, openSession({ role: "NAME" }), or in SAGEMAKER_ROLE; docs/aws.md says how to create it.',
  );
}

function readMetadata(path: string): Metadata {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Metadata) : {};
}
