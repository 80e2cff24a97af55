// Serverless endpoints: their settings and their highest cost.
import type { ProductionVariant } from '@aws-sdk/client-sagemaker';
import { endpointMachine, usualServerless } from '../../contract/instanceTypes';
import type { DeploymentOptions, HostingPrices } from '../../contract/session';
import type { PlannedCost } from '../account/budget';
import type { AwsContext } from '../account/context';
import { checkServerless } from '../account/optionChecks';
import type { AwsSessionOptions } from '../account/options';

export type Serverless = NonNullable<AwsSessionOptions['serverless']>;

/**
 * Returns the call's settings, else the session's; undefined for an endpoint on an instance. Throws a {@link UserError}
 * for a setting that is out of range.
 */
export function serverlessOf(
  chosen: DeploymentOptions['serverless'],
  options: AwsSessionOptions,
): Serverless | undefined {
  const serverless =
    chosen === true ? (options.serverless ?? usualServerless) : (chosen ?? options.serverless);
  if (!serverless) return undefined;
  checkServerless(serverless, options);
  return serverless;
}

/** Returns the planned cost of an endpoint: an instance, or the highest number of concurrent requests. */
export function hostingCost(
  type: string,
  serverless: Serverless | undefined,
): Pick<PlannedCost, 'instanceType' | 'component' | 'count' | 'varies'> {
  if (!serverless) return { instanceType: type, component: 'Hosting' };
  const { memoryMegabytes, concurrency } = serverless;
  const instanceType = `serverless ${memoryMegabytes} MB`;
  return { instanceType, component: 'Serverless', count: concurrency, varies: true };
}

/** Returns the planned cost of an endpoint that exists. */
export function hostingCostOf({ InstanceType, ServerlessConfig }: ProductionVariant) {
  const { MemorySizeInMB = 0, MaxConcurrency = 1 } = ServerlessConfig ?? {};
  const serverless = ServerlessConfig && { memoryMegabytes: MemorySizeInMB, concurrency: MaxConcurrency };
  return hostingCost(InstanceType ?? '', serverless);
}

/** Returns the prices of an endpoint on an instance and of a serverless one. */
export async function findHostingPrices(
  { budget, options }: AwsContext,
  instanceType = endpointMachine(options),
): Promise<HostingPrices> {
  const { memoryMegabytes, concurrency } = options.serverless ?? usualServerless;
  const serverless = hostingCost('', { memoryMegabytes, concurrency });
  const perHour = await budget.pricePerHour(serverless.instanceType, serverless.component);
  return {
    instanceType,
    dollarsPerHour: await budget.pricePerHour(instanceType, 'Hosting'),
    memoryMegabytes,
    dollarsPerSecond: perHour === 'unknown' ? perHour : perHour / 3600,
  };
}
