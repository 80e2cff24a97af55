// Finds the region, the account, the identity and the execution role, and where each comes from.
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { DescribeNotebookInstanceCommand } from '@aws-sdk/client-sagemaker';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../../../platform/errors';
import type { AwsClients } from './clients';
import { type Metadata, nameOfNotebook, readMetadata } from './metadata';

/** A value and its source. */
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
  /** The role that training jobs and endpoints assume; undefined if none was found. */
  role: Sourced | undefined;
}

/** Returns the region. Throws a {@link UserError} if none is set. */
export async function findRegion(option?: string, metadata?: string): Promise<Sourced> {
  if (option) return { value: option, from: 'the option region' };
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const value = process.env[name];
    if (value) return { value, from: name };
  }
  const ofProfile = await new STSClient({}).config.region().catch(() => undefined);
  if (ofProfile) return { value: ofProfile, from: `the AWS profile ${process.env.AWS_PROFILE ?? 'default'}` };
  const known = readMetadata(metadata);
  // Set in a Studio space; elsewhere this name may mean anything.
  const ofSpace = known && process.env.REGION_NAME;
  if (ofSpace) return { value: ofSpace, from: 'REGION_NAME' };
  const ofMachine = known?.ResourceArn?.split(':')[3];
  if (ofMachine) {
    return { value: ofMachine, from: nameOfNotebook(known) ? 'the notebook instance' : 'the Studio space' };
  }
  throw new UserError(
    'No AWS region is set. Set one in the first cell, openSession({ region: "us-east-1" }), or in AWS_REGION before the ' +
      'notebook server starts.',
  );
}

/** Returns the end of the region's host names. */
export function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** Returns the account, identity and role of the credentials that the SDK finds. */
export async function findPlace(
  clients: AwsClients,
  region: Sourced,
  { role, metadata }: { role?: string | undefined; metadata?: string } = {},
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
  metadata: Metadata | undefined,
): Promise<Sourced | undefined> {
  const arnOf = (role: string) => arnOfRole(clients, identity, role);
  if (option) return { value: await arnOf(option), from: 'the option role' };
  if (metadata?.ExecutionRoleArn) return { value: metadata.ExecutionRoleArn, from: 'the Studio space' };
  const notebook = nameOfNotebook(metadata);
  const ofNotebook = notebook && (await roleOfNotebook(clients, notebook));
  if (ofNotebook) return { value: ofNotebook, from: `the notebook instance ${notebook}` };
  const assumed = assumedRole(identity);
  // SageMaker can never assume the role of a user who signs in through IAM Identity Center.
  if (assumed && !assumed.startsWith('AWSReservedSSO_')) {
    return { value: await arnOf(assumed), from: 'the role behind the credentials' };
  }
  const named = process.env.SAGEMAKER_ROLE;
  if (named) return { value: await arnOf(named), from: 'SAGEMAKER_ROLE' };
  const ofTemplate = await askRole(clients, `${templateRole}-${await clients.sagemaker.config.region()}`);
  return ofTemplate ? { value: ofTemplate, from: 'docs/aws/template.yaml' } : undefined;
}

/** Start of the name of the execution role that docs/aws/template.yaml creates; its region follows. */
const templateRole = 'sagemaker-workshop-execution';

/** Returns the ARN of a role; undefined if it does not exist or you may not ask. */
async function askRole({ iam }: AwsClients, RoleName: string): Promise<string | undefined> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName })).catch(() => ({ Role: undefined }));
  return Role?.Arn;
}

/** Returns the ARN of the identity, or of its role if it is an assumed one. */
export async function callerArn(clients: AwsClients, { identity }: Place): Promise<string> {
  const role = assumedRole(identity);
  return role ? await arnOfRole(clients, identity, role) : identity;
}

function assumedRole(identity: string): string | undefined {
  return /:assumed-role\/([^/]+)\//.exec(identity)?.[1];
}

/** Resolves to undefined without permission to ask: the notebook's credentials belong to the same role. */
async function roleOfNotebook({ sagemaker }: AwsClients, name: string): Promise<string | undefined> {
  try {
    const command = new DescribeNotebookInstanceCommand({ NotebookInstanceName: name });
    return (await sagemaker.send(command)).RoleArn;
  } catch {
    return undefined;
  }
}

/** Returns where the SDK found the credentials. */
async function findSource({ sts }: AwsClients): Promise<string> {
  const { $source = {} } = (await sts.config.credentials()) as { $source?: object };
  const noted = Object.keys($source).filter((feature) => feature.startsWith('CREDENTIALS_'));
  return (
    sources.find(([feature]) => noted.some((one) => one.includes(feature)))?.[1] ?? 'the SDK’s own search'
  );
}

/** The first match counts: credentials of a profile may come from single sign-on. */
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

/** Returns a role's name, without its path. */
export function roleName(role: string): string {
  return role.split('/').at(-1) ?? role;
}

/** Returns the ARN of a role given by name. Only IAM knows its path; without permission to ask, the path is a guess. */
export async function arnOfRole(clients: AwsClients, identity: string, role: string): Promise<string> {
  if (role.startsWith('arn:')) return role;
  const known = await askRole(clients, roleName(role));
  if (known) return known;
  const [, partition, , , account] = identity.split(':');
  // SageMaker's console gives the roles that it creates this path.
  const path = role.startsWith('AmazonSageMaker-ExecutionRole') ? 'service-role/' : '';
  return `arn:${partition}:iam::${account}:role/${path}${role}`;
}

/** Returns the role's ARN. Throws a {@link UserError} if none was found. */
export function expectRole({ role, identity }: Place): string {
  if (role) return role.value;
  throw new UserError(
    `No execution role was found: ${identity} is not a role that SageMaker can assume. Set one in the first cell, ` +
      'openSession({ role: "NAME" }), or in SAGEMAKER_ROLE. docs/aws.md explains how to create it.',
  );
}
