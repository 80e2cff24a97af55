// What would fail later on AWS, looked at in seconds and without changing anything.
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { GetRoleCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { paginateListServiceQuotas } from '@aws-sdk/client-service-quotas';
import { type AwsClients, type CallObserver, createClients } from './awsClients';
import { readBudget } from './awsContext';
import { openPurse } from './awsCost';
import { defaultInstanceTypes, quotaNames } from './awsDefaults';
import { findPlace, findRegion, type Place } from './awsIdentity';
import { parseImageUri } from './awsImage';
import type { AwsSessionOptions } from './awsOptions';
import { userActions } from './awsPolicies';
import { UserError } from './errors';
import { usd } from './format';
import { outputFolder } from './output';
import { check, checkDisk, checkEngine, type Finding } from './preflight';
import type { Check } from './session';

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
/** AWS refuses what was signed more than five minutes ago. */
const toleratedSkewSeconds = 240;
const soonMinutes = 60;

export async function preflightAws(options: AwsSessionOptions, onCall?: CallObserver): Promise<Check[]> {
  let clients: AwsClients | undefined;
  let place: Place | undefined;
  const first = await check('where', async () => {
    const region = await findRegion(options.region);
    clients = createClients(region.value, onCall);
    place = await findPlace(clients, region, options);
    return {
      finding: `${region.value} (from ${region.from}), account ${place.account}, as ${place.identity}`,
    };
  });
  if (!clients || !place) return [first];
  const [aws, here] = [clients, place];
  const checks = [
    first,
    ...(await Promise.all([
      check('credentials', () => checkExpiry(aws)),
      check('clock', () => checkClock(here.region.value)),
      check('execution role', () => checkRole(aws, here)),
      check('permissions', () => checkPermissions(aws, here)),
      check('bucket', () => checkBucket(aws, here, options.bucket)),
      check('quotas', () => checkQuotas(aws)),
      check('prices and budget', () => checkBudget(aws, here, options)),
      ...checkImage(aws, options),
      checkDisk(outputFolder),
    ])),
  ];
  // A notebook that is shared shows no account.
  const masked = `…${here.account.slice(-4)}`;
  return checks.map((one) => ({ ...one, finding: one.finding.replaceAll(here.account, masked) }));
}

async function checkExpiry({ sts }: AwsClients): Promise<Finding> {
  const { expiration } = await sts.config.credentials();
  if (!expiration) return { finding: 'accepted, without an end' };
  const minutes = Math.round((expiration.getTime() - Date.now()) / 60_000);
  const finding = `accepted, for ${minutes} minutes more`;
  if (minutes >= soonMinutes) return { finding };
  return {
    finding,
    remedy: 'Where the SDK cannot renew them by itself, sign in again before a long wait: `aws sso login`.',
  };
}

async function checkClock(region: string): Promise<Finding> {
  const url = process.env.AWS_ENDPOINT_URL ?? `https://sts.${region}.amazonaws.com`;
  const { headers } = await fetch(url, { method: 'HEAD' });
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return { unknown: `${url} tells no time`, remedy: 'Compare with another clock.' };
  const seconds = Math.round((Date.now() - theirs) / 1000);
  const finding = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} AWS’s`;
  if (Math.abs(seconds) <= toleratedSkewSeconds) return { finding };
  return {
    finding,
    remedy: 'AWS refuses requests with a wrong time. Set the clock: `sudo timedatectl set-ntp true`.',
  };
}

async function checkRole({ iam }: AwsClients, { role, identity }: Place): Promise<Finding> {
  if (!role) {
    return {
      finding: `none; ${identity} is no role that SageMaker can take on`,
      remedy:
        'Name one: openSession({ role: "NAME" }), or SAGEMAKER_ROLE. docs/aws.md says how to create it.',
    };
  }
  const found = `${role.value} (from ${role.from})`;
  const answer = await iam
    .send(new GetRoleCommand({ RoleName: role.value.split('/').at(-1) }))
    .catch(() => undefined);
  if (!answer)
    return { unknown: found, remedy: 'It cannot be read: it does not exist, or iam:GetRole is missing.' };
  const trust = decodeURIComponent(answer.Role?.AssumeRolePolicyDocument ?? '');
  if (trust.includes('sagemaker.amazonaws.com')) return { finding: `${found}, trusted by SageMaker` };
  return {
    finding: `${found}, which SageMaker may not take on`,
    remedy: 'Add sagemaker.amazonaws.com to its trust policy, for sts:AssumeRole.',
  };
}

async function checkPermissions({ iam }: AwsClients, { identity, account }: Place): Promise<Finding> {
  const role = /:assumed-role\/([^/]+)\//.exec(identity)?.[1];
  const PolicySourceArn = role ? `arn:${identity.split(':')[1]}:iam::${account}:role/${role}` : identity;
  const ActionNames = userActions();
  const question = new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames });
  const answer = await iam.send(question).catch(() => undefined);
  if (!answer) {
    return {
      unknown: 'they cannot be simulated here, or not with your permissions (iam:SimulatePrincipalPolicy)',
      remedy: 'docs/aws.md lists what is needed.',
    };
  }
  const missing = (answer.EvaluationResults ?? [])
    .filter(({ EvalDecision }) => EvalDecision !== 'allowed')
    .map(({ EvalActionName }) => EvalActionName);
  if (missing.length === 0) return { finding: `all ${ActionNames.length} actions` };
  return {
    finding: `perhaps missing: ${missing.join(', ')}`,
    remedy:
      'Where a policy allows them on named resources alone, this is no fault; else have them added (docs/aws.md).',
  };
}

async function checkBucket({ s3 }: AwsClients, { account, region }: Place, name?: string): Promise<Finding> {
  const Bucket = name ?? `sagemaker-${region.value}-${account}`;
  try {
    await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: account }));
    return { finding: `${Bucket} is there and yours` };
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return { finding: `${Bucket} will be created` };
    return {
      finding: `${Bucket} cannot be used (${status})`,
      remedy:
        'It is another account’s, in another region, or closed to you. Name another: openSession({ bucket }).',
    };
  }
}

async function checkQuotas({ quotas }: AwsClients): Promise<Finding> {
  const wanted = quotaNames();
  const found = new Map<string, number>();
  for await (const { Quotas = [] } of paginateListServiceQuotas(
    { client: quotas },
    { ServiceCode: 'sagemaker' },
  )) {
    for (const { QuotaName = '', Value = 0 } of Quotas)
      if (wanted.includes(QuotaName)) found.set(QuotaName, Value);
  }
  const finding = wanted.map((name) => `${name}: ${found.get(name) ?? 'not listed'}`).join('; ');
  if (found.size < wanted.length)
    return { unknown: finding, remedy: 'Look into the Service Quotas console.' };
  if (Math.min(...found.values()) > 0) return { finding };
  return {
    finding,
    remedy: 'Ask for more in the Service Quotas console (Amazon SageMaker), or choose another instanceType.',
  };
}

async function checkBudget(
  clients: AwsClients,
  { region }: Place,
  options: AwsSessionOptions,
): Promise<Finding> {
  const budget = readBudget(options);
  const purse = openPurse(clients, region.value, budget, () => undefined);
  const { training, endpoint } = defaultInstanceTypes;
  const prices = [
    await purse.pricePerHour(training, 'Training'),
    await purse.pricePerHour(endpoint, 'Hosting'),
  ];
  const [job, hour] = prices;
  const finding = `budget ${usd(budget.dollars)}; ${training} ${show(job)}, ${endpoint} ${show(hour)} an hour`;
  if (job === 'unknown' || hour === 'unknown') {
    if (budget.allowUnknown) return { finding };
    return { finding, remedy: "Allow pricing:GetProducts, or say openSession({ unknownPrice: 'allow' })." };
  }
  const most =
    ((job ?? 0) * (options.maxRuntimeMinutes ?? 30)) / 60 + (hour ?? 0) * (options.endpointHours ?? 1);
  if (most <= budget.dollars) return { finding };
  return {
    finding,
    remedy: `One job and one endpoint can cost ${usd(most)}: openSession({ budget: ${Math.ceil(most * 100) / 100} }).`,
  };
}

function show(price: number | 'unknown' | undefined): string {
  return typeof price === 'number' ? usd(price) : 'of unknown price';
}

/** Of an image that is named, what ECR has; else what building and pushing one needs. */
function checkImage({ ecr }: AwsClients, options: AwsSessionOptions): Promise<Check>[] {
  const uri = options.image ?? process.env.IMAGE_URI;
  if (!uri) return [checkEngine()];
  const look = async (): Promise<Finding> => {
    const { registryId, repositoryName, imageId } = parseImageUri(uri);
    const { images = [] } = await ecr.send(
      new BatchGetImageCommand({ registryId, repositoryName, imageIds: [imageId] }),
    );
    const [image] = images;
    if (!image) throw new UserError(`ECR has no image ${uri}. Publish it, or leave it out to build one.`);
    const manifest = JSON.parse(image.imageManifest ?? '{}') as { mediaType?: string };
    const type = image.imageManifestMediaType ?? manifest.mediaType ?? 'unknown';
    if (type !== dockerManifest) {
      return {
        finding: `${uri} is of the type ${type}`,
        remedy: `SageMaker takes ${dockerManifest} alone. Build it with buildImage(), and publish it again.`,
      };
    }
    if (!repositoryName.includes('sagemaker')) {
      return {
        finding: `${uri} lies in a repository whose name does not hold "sagemaker"`,
        remedy: 'AmazonSageMakerFullAccess does not reach it: rename it, or allow the role to pull from it.',
      };
    }
    return { finding: `${uri} is there, of the right type` };
  };
  return [check('image', look)];
}
