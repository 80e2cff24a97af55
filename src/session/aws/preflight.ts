// What would fail later on AWS, looked at in seconds and without changing anything.
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { paginateListServiceQuotas } from '@aws-sdk/client-service-quotas';
import { briefSeconds, fetchWithin } from '../../platform/fetchWithin';
import { usd } from '../../platform/format';
import { outputFolder } from '../../platform/paths';
import { check, checkDisk, type Finding } from '../contract/preflight';
import type { Check } from '../contract/session';
import { openPurse } from './account/budget';
import { type AwsClients, type CallObserver, createClients } from './account/clients';
import { readBudget } from './account/context';
import { findPlace, findRegion, type Place } from './account/identity';
import { machinesOf, quotaNames } from './account/machines';
import { checkOptions } from './account/optionChecks';
import type { AwsSessionOptions } from './account/options';
import { offerOf } from './endpoint/serverless';
import { executionPolicy, type Policy, userPolicy } from './policies';
import { checkImage } from './preflightImage';
import { findMissing } from './simulation';

/** AWS refuses what was signed more than five minutes ago. */
const toleratedSkewSeconds = 240;
const soonMinutes = 60;
/** Sources of credentials that the SDK asks again before they expire. */
const renewing = /role$|program$|web identity$/;

export async function preflightAws(options: AwsSessionOptions, onCall?: CallObserver): Promise<Check[]> {
  let clients: AwsClients | undefined;
  let place: Place | undefined;
  const first = await check('where', async () => {
    checkOptions(options);
    const region = await findRegion(options.region);
    clients = createClients(region.value, onCall);
    place = await findPlace(clients, region, options);
    return {
      finding:
        `${region.value} (from ${region.from}), account ${place.account}, as ${place.identity} ` +
        `(credentials from ${place.credentials})`,
    };
  });
  if (!clients || !place) return [first];
  const [aws, here] = [clients, place];
  const bucket = options.bucket ?? `sagemaker-${here.region.value}-${here.account}`;
  const at = { ...here, bucket };
  const roleArn = here.role?.value ?? '';
  const checks = [
    first,
    ...(await Promise.all([
      check('credentials', () => checkExpiry(aws, here)),
      check('clock', () => checkClock(here.region.value)),
      check('execution role', () => checkRole(aws, here)),
      check('permissions', () => checkPermissions(aws, callerOf(here), userPolicy(), at)),
      ...(here.role
        ? [check('permissions of the role', () => checkPermissions(aws, roleArn, executionPolicy(), at))]
        : []),
      check('bucket', () => checkBucket(aws, here, bucket)),
      check('quotas', () => checkQuotas(aws, options)),
      check('prices and budget', () => checkBudget(aws, here, options)),
      ...checkImage(aws, options),
      checkDisk(outputFolder),
    ])),
  ];
  // A notebook that is shared shows no account.
  const masked = `…${here.account.slice(-4)}`;
  const mask = (text: string) => text.replaceAll(here.account, masked);
  return checks.map((one) => ({ ...one, finding: mask(one.finding), remedy: mask(one.remedy) }));
}

async function checkExpiry({ sts }: AwsClients, { credentials }: Place): Promise<Finding> {
  const { expiration } = await sts.config.credentials();
  if (!expiration) return { finding: 'accepted, without an end' };
  const minutes = Math.round((expiration.getTime() - Date.now()) / 60_000);
  const finding = `accepted, for ${minutes} minutes more`;
  if (minutes >= soonMinutes) return { finding };
  if (renewing.test(credentials)) return { finding: `${finding}, and renewed by themselves` };
  return {
    finding,
    remedy:
      'Sign in again before a long wait, with `aws sso login` or as you did; what was started goes on all the same.',
  };
}

async function checkClock(region: string): Promise<Finding> {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = process.env.AWS_ENDPOINT_URL ?? `https://sts.${region}.${domain}`;
  const { headers } = await fetchWithin(briefSeconds, url, { method: 'HEAD' });
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
  if (trustsSageMaker(trust)) return { finding: `${found}, trusted by SageMaker` };
  return {
    finding: `${found}, which SageMaker may not take on`,
    remedy: 'Add sagemaker.amazonaws.com to its trust policy, for sts:AssumeRole.',
  };
}

/** Whether SageMaker is among those who may take the role on. */
function trustsSageMaker(trust: string): boolean {
  const { Statement = [] } = JSON.parse(trust || '{}') as { Statement?: TrustStatement | TrustStatement[] };
  return [Statement].flat().some(({ Effect, Principal = {}, Action = [] }) => {
    const services = typeof Principal === 'string' ? [] : [Principal.Service ?? []].flat();
    const isAllowed = [Action].flat().some((action) => /^(sts:(AssumeRole|\*)|\*)$/i.test(action));
    return Effect === 'Allow' && isAllowed && services.includes('sagemaker.amazonaws.com');
  });
}

interface TrustStatement {
  Effect?: string;
  Principal?: string | { Service?: string | string[] };
  Action?: string | string[];
}

/** Of a role that was taken on, the role. */
function callerOf({ identity, account }: Place): string {
  const role = /:assumed-role\/([^/]+)\//.exec(identity)?.[1];
  return role ? `arn:${identity.split(':')[1]}:iam::${account}:role/${role}` : identity;
}

async function checkPermissions(
  { iam }: AwsClients,
  identity: string,
  policy: Policy,
  place: Place & { bucket: string },
): Promise<Finding> {
  const missing = await findMissing(iam, identity, policy, place).catch(() => undefined);
  if (!missing) {
    return {
      unknown: `${identity}: they cannot be simulated here, or not with your permissions (iam:SimulatePrincipalPolicy)`,
      remedy: 'docs/aws.md lists what is needed.',
    };
  }
  if (missing.length === 0) return { finding: `${identity} has all that are needed` };
  return {
    finding: `${identity} lacks ${missing.join(', ')}`,
    remedy: 'Have them added: docs/aws.md holds the policy.',
  };
}

async function checkBucket({ s3 }: AwsClients, { account }: Place, Bucket: string): Promise<Finding> {
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

async function checkQuotas({ quotas }: AwsClients, options: AwsSessionOptions): Promise<Finding> {
  const wanted = quotaNames(options);
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
  const { training, endpoint: machine } = machinesOf(options);
  const { instanceType: endpoint, component, count = 1 } = offerOf(machine, options.serverless);
  const job = await purse.pricePerHour(training, 'Training');
  const single = await purse.pricePerHour(endpoint, component);
  const hour = single === 'unknown' ? single : count * single;
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
