// Checks within seconds, and without changing anything, for what would fail later on AWS.
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { usd } from '../../platform/format';
import { outputFolder } from '../../platform/paths';
import { check, checkDisk, type Finding } from '../contract/preflight';
import type { Check } from '../contract/session';
import { defaultBucket, findBucket } from './account/bucket';
import { openBudget } from './account/budget';
import { type AwsClients, type CallObserver, createClients } from './account/clients';
import { readBudget } from './account/context';
import { callerArn, domainOf, findPlace, findRegion, type Place, roleName } from './account/identity';
import { machinesOf } from './account/instances';
import { checkOptions } from './account/optionChecks';
import type { AwsSessionOptions } from './account/options';
import type { Price } from './account/prices';
import { fetchFromAws } from './account/proxyHandler';
import { statusCodeOf } from './account/serviceErrors';
import { hostingCost } from './endpoint/serverless';
import { executionPolicy, optionalActions, type Policy, userPolicy } from './policies';
import { checkImage } from './preflightImage';
import { checkQuotas } from './preflightQuotas';
import { findMissing } from './simulation';

/** AWS rejects requests signed more than five minutes ago. */
const toleratedSkewSeconds = 240;
const soonMinutes = 60;
/** Sources from which the SDK renews credentials before they expire. */
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
  const bucket = options.bucket ?? defaultBucket(here);
  const at = { ...here, bucket };
  const roleArn = here.role?.value ?? '';
  const quotas = checkQuotas(aws, options);
  const checks = [
    first,
    ...(await Promise.all([
      check('credentials', () => checkExpiry(aws, here)),
      check('clock', () => checkClock(here.region.value)),
      check('execution role', () => checkRole(aws, here)),
      check('permissions', async () => checkPermissions(aws, await callerArn(aws, here), userPolicy(), at)),
      ...(here.role
        ? [check('permissions of the role', () => checkPermissions(aws, roleArn, executionPolicy(), at))]
        : []),
      check('bucket', () => checkBucket(aws, here, bucket, options)),
      check('prices and budget', () => checkBudget(aws, here, options)),
      checkImage(aws, options),
      checkDisk(outputFolder),
    ])),
    ...(await quotas),
  ];
  // A shared notebook must not show the account's number.
  const masked = `…${here.account.slice(-4)}`;
  const mask = (text: string) => text.replaceAll(here.account, masked);
  return checks.map((one) => ({ ...one, finding: mask(one.finding), remedy: mask(one.remedy) }));
}

async function checkExpiry({ sts }: AwsClients, { credentials }: Place): Promise<Finding> {
  const { expiration } = await sts.config.credentials();
  if (!expiration) return { finding: 'accepted, without an expiry date' };
  const minutes = Math.round((expiration.getTime() - Date.now()) / 60_000);
  const finding = `accepted, valid for ${minutes} more minutes`;
  if (minutes >= soonMinutes) return { finding };
  if (renewing.test(credentials)) return { finding: `${finding}, renewed automatically` };
  return {
    finding,
    remedy:
      'Sign in again before a long wait, with `aws login`, `aws sso login` or the way you did before. What you have started keeps running.',
  };
}

async function checkClock(region: string): Promise<Finding> {
  const url = process.env.AWS_ENDPOINT_URL ?? `https://sts.${region}.${domainOf(region)}`;
  const { headers } = await fetchFromAws(url, 'HEAD');
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs))
    return { unknown: `${url} does not send the time`, remedy: 'Compare with another clock.' };
  const seconds = Math.round((Date.now() - theirs) / 1000);
  const finding = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} AWS’s`;
  if (Math.abs(seconds) <= toleratedSkewSeconds) return { finding };
  return {
    finding,
    remedy: 'AWS rejects requests with a wrong time. Set the clock: `sudo timedatectl set-ntp true`.',
  };
}

async function checkRole({ iam }: AwsClients, { role, identity }: Place): Promise<Finding> {
  if (!role) {
    return {
      finding: `none; ${identity} is not a role that SageMaker can assume`,
      remedy:
        'Set one: openSession({ role: "NAME" }), or SAGEMAKER_ROLE. docs/aws.md explains how to create it.',
    };
  }
  const found = `${role.value} (from ${role.from})`;
  const answer = await iam
    .send(new GetRoleCommand({ RoleName: roleName(role.value) }))
    .catch((error: Error) => (error.name === 'NoSuchEntityException' ? { Role: undefined } : undefined));
  if (!answer) {
    return {
      unknown: found,
      remedy:
        'The role cannot be read: you may lack iam:GetRole. Give its whole ARN, with its path: openSession({ role }).',
    };
  }
  const arn = answer.Role?.Arn;
  if (arn !== role.value) {
    return {
      finding: `${found}, which does not exist`,
      remedy: arn
        ? `IAM has ${arn}: openSession({ role: '${roleName(arn)}' }) finds it by its name.`
        : 'Create it (docs/aws.md), or name another.',
    };
  }
  const trust = decodeURIComponent(answer.Role?.AssumeRolePolicyDocument ?? '');
  if (trustsSageMaker(trust)) return { finding: `${found}, trusted by SageMaker` };
  return {
    finding: `${found}, which SageMaker is not allowed to assume`,
    remedy: 'Add sagemaker.amazonaws.com to its trust policy, for sts:AssumeRole.',
  };
}

/** Returns whether a trust policy allows SageMaker to assume the role. */
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

async function checkPermissions(
  { iam }: AwsClients,
  identity: string,
  policy: Policy,
  place: Place & { bucket: string },
): Promise<Finding> {
  const lacking = async (isSwitchOff: boolean) => {
    const Statement = policy.Statement.filter(({ Sid }) => Sid.includes('SwitchOff') === isSwitchOff);
    return await findMissing(iam, identity, { ...policy, Statement }, place);
  };
  const missing = await lacking(false).catch(() => undefined);
  if (!missing) {
    return {
      unknown: `${identity}: IAM cannot simulate them, or you lack iam:SimulatePrincipalPolicy`,
      remedy: 'Compare them with the list in docs/aws.md.',
    };
  }
  const isOptional = (action: string) => Object.hasOwn(optionalActions, action);
  const needed = missing.filter((action) => !isOptional(action));
  if (needed.length > 0) {
    return {
      finding: `${identity} lacks ${needed.join(', ')}`,
      remedy: 'Have them added: the policy is in docs/aws.md.',
    };
  }
  const switchOff = (await lacking(true)).length > 0 ? ['scheduler:CreateSchedule'] : [];
  const without = [...missing, ...switchOff].map((action) => `${action} (${optionalActions[action]})`);
  const rest = without.length > 0 ? `; it lacks, and can do without: ${without.join(', ')}` : '';
  return { finding: `${identity} has all that are needed${rest}` };
}

async function checkBucket(
  { s3 }: AwsClients,
  { account }: Place,
  Bucket: string,
  options: AwsSessionOptions,
): Promise<Finding> {
  try {
    await findBucket(s3, { Bucket, ExpectedBucketOwner: account }, options);
    return { finding: `${Bucket} exists and is yours` };
  } catch (error) {
    const status = statusCodeOf(error);
    if (status === 404) return { finding: `${Bucket} will be created` };
    return {
      finding: `${Bucket} cannot be used (${status})`,
      remedy:
        'It belongs to another account, is in another region, or you lack the permission s3:ListBucket. Choose another: openSession({ bucket }).',
    };
  }
}

async function checkBudget(
  clients: AwsClients,
  { region }: Place,
  options: AwsSessionOptions,
): Promise<Finding> {
  const limit = readBudget(options);
  const budget = openBudget(clients, region.value, limit, () => undefined);
  const { training, endpoint: machine } = machinesOf(options);
  const { instanceType: endpoint, component, count = 1 } = hostingCost(machine, options.serverless);
  const job = await budget.pricePerHour(training, 'Training');
  const single = await budget.pricePerHour(endpoint, component);
  const hour = single === 'unknown' ? single : count * single;
  const finding = `budget ${usd(limit.dollars)}; ${training} ${show(job)}, ${endpoint} ${show(hour)} an hour`;
  if (job === 'unknown' || hour === 'unknown') {
    if (limit.allowUnknown) return { finding };
    return { finding, remedy: "Allow pricing:GetProducts, or set openSession({ unknownPrice: 'allow' })." };
  }
  const most = (job * (options.maxRuntimeMinutes ?? 30)) / 60 + hour * (options.endpointHours ?? 1);
  if (most <= limit.dollars) return { finding };
  const enough = Math.ceil(most * 100) / 100;
  return {
    finding,
    remedy: `One job and one endpoint can cost ${usd(most)}: openSession({ budget: ${enough} }), or BUDGET_USD=${enough}.`,
  };
}

function show(price: Price): string {
  return price === 'unknown' ? 'at an unknown price' : usd(price);
}
