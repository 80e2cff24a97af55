// Compares the account's quotas with what it runs already and with what a run needs.
import type { ProductionVariant } from '@aws-sdk/client-sagemaker';
import { usualServerless } from '../contract/instanceTypes';
import { check, type Finding } from '../contract/preflight';
import type { Check } from '../contract/session';
import type { AwsClients } from './account/clients';
import { machinesOf, quotaNames } from './account/instances';
import { type Listed, listEndpoints, listJobs, listTransforms } from './account/lists';
import { once } from './account/once';
import type { AwsSessionOptions } from './account/options';
import { type Quota, readQuotas } from './account/quotas';
import { findConfiguration, findEndpoint } from './endpoint/parts';
import { findTrainingJob, instanceTypeOf } from './jobs/trainingState';
import { findTransform } from './jobs/transformState';

/** The rows about what the workshop's notebook does not use, unless the options choose it. */
const beyondOneMachine = ['quota for batch transforms', 'quota for serverless endpoints'];

/** Returns whether a check matters to the workshop's notebook. */
export function isForOneMachine({ check }: Check): boolean {
  return !beyondOneMachine.includes(check);
}

/** The most resources of a kind that are described, newest first. */
const mostDescribed = 50;

interface Use {
  row: string;
  quota: string;
  needed: number;
  /** Returns how much of the quota is used, by everyone in the account and region. */
  used(): Promise<number>;
}

/** Returns a row for each quota. */
export async function checkQuotas(clients: AwsClients, options: AwsSessionOptions): Promise<Check[]> {
  const quotas = once(() => readQuotas(clients));
  return await Promise.all(
    usesOf(clients, options).map((use) =>
      check(use.row, async () => await compare(use, await quotas(), await clients.quotas.config.region())),
    ),
  );
}

function usesOf(clients: AwsClients, options: AwsSessionOptions): Use[] {
  const context = { clients };
  const { training, transform, endpoint } = machinesOf(options);
  const names = quotaNames(options);
  const { concurrency } = options.serverless ?? usualServerless;
  const serverless: Use = {
    row: options.serverless ? 'quota for endpoints' : 'quota for serverless endpoints',
    quota: names.serverless,
    needed: concurrency,
    used: () => sumOfVariants(clients, ({ ServerlessConfig }) => ServerlessConfig?.MaxConcurrency ?? 0),
  };
  return [
    {
      row: 'quota for training jobs',
      quota: names.training,
      needed: 1,
      used: async () =>
        await sumOf(await listJobs(context), async ({ name }) => {
          const job = await findTrainingJob(context, name);
          const isSame =
            job !== undefined &&
            instanceTypeOf(job) === training &&
            Boolean(job.EnableManagedSpotTraining) === Boolean(options.spot);
          return isSame ? (job.ResourceConfig?.InstanceCount ?? 1) : 0;
        }),
    },
    ...(options.serverless
      ? []
      : [
          {
            row: 'quota for endpoints',
            quota: names.endpoint,
            needed: 1,
            used: () =>
              sumOfVariants(clients, ({ InstanceType }, instances) =>
                InstanceType === endpoint ? instances : 0,
              ),
          },
        ]),
    {
      row: 'quota for batch transforms',
      quota: names.transform,
      needed: 1,
      used: async () =>
        await sumOf(await listTransforms(context), async ({ name }) => {
          const { InstanceType, InstanceCount = 1 } =
            (await findTransform(context, name))?.TransformResources ?? {};
          return InstanceType === transform ? InstanceCount : 0;
        }),
    },
    serverless,
  ];
}

async function compare(
  { row, quota, needed, used }: Use,
  quotas: ReadonlyMap<string, Quota> | undefined,
  region: string,
): Promise<Finding> {
  const found = quotas?.get(quota);
  if (!found) {
    return {
      unknown: `${quota}: ${quotas ? 'not listed' : 'you lack servicequotas:ListServiceQuotas'}`,
      remedy: 'Look in the Service Quotas console.',
    };
  }
  // Without permission to describe what runs, the quota alone counts.
  const inUse = await used().catch(() => undefined);
  const finding = `${quota}: ${found.limit}, ${inUse ?? 'an unknown number'} in use, ${needed} needed`;
  const wanted = (inUse ?? 0) + needed;
  if (wanted <= found.limit) return { finding };
  const request =
    'aws service-quotas request-service-quota-increase --service-code sagemaker ' +
    `--region ${region} --quota-code ${found.code} --desired-value ${wanted}`;
  return {
    finding,
    remedy:
      `${inUse ? 'End what you do not need (whatIsRunning(), cleanUp()). Or, as' : 'As'} an administrator, request ${wanted} ` +
      `in Service Quotas, which can take days: \`${request}\`.${row.includes('serverless') ? '' : ' Or choose another instance type.'}`,
  };
}

/** Sums over the variants of all endpoints. */
async function sumOfVariants(
  clients: AwsClients,
  count: (variant: ProductionVariant, instances: number) => number,
): Promise<number> {
  const context = { clients };
  return await sumOf(await listEndpoints(context), async ({ name }) => {
    const { EndpointConfigName = '', ProductionVariants: running = [] } =
      (await findEndpoint(context, name)) ?? {};
    const { ProductionVariants = [] } = (await findConfiguration(context, EndpointConfigName)) ?? {};
    const counts = ProductionVariants.map((variant) => {
      const now = running.find(({ VariantName }) => VariantName === variant.VariantName);
      return count(variant, now?.CurrentInstanceCount ?? variant.InitialInstanceCount ?? 1);
    });
    return counts.reduce((sum, one) => sum + one, 0);
  });
}

async function sumOf(listed: readonly Listed[], count: (one: Listed) => Promise<number>): Promise<number> {
  const newest = [...listed].sort((one, other) => other.since.getTime() - one.since.getTime());
  const counts = await Promise.all(newest.slice(0, mostDescribed).map(count));
  return counts.reduce((sum, one) => sum + one, 0);
}
