// An endpoint without a machine of its own: what it may have, and what it costs at the most.

import { endpointMachine, usualServerless } from '../../contract/instanceTypes';
import type { DeploymentOptions, HostingPrices } from '../../contract/session';
import type { Offer } from '../account/budget';
import type { AwsContext } from '../account/context';
import { checkServerless } from '../account/optionChecks';
import type { AwsSessionOptions } from '../account/options';

export type Serverless = NonNullable<AwsSessionOptions['serverless']>;

/** What a call has chosen, else the session; undefined for a machine. Throws a {@link UserError} for what is out of range. */
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

/** What is offered: a machine by the hour, or as many requests at a time as there may be. */
export function offerOf(
  type: string,
  serverless: Serverless | undefined,
): Pick<Offer, 'instanceType' | 'component' | 'count' | 'varies'> {
  if (!serverless) return { instanceType: type, component: 'Hosting' };
  const { memoryMegabytes, concurrency } = serverless;
  const instanceType = `serverless ${memoryMegabytes} MB`;
  return { instanceType, component: 'Serverless', count: concurrency, varies: true };
}

/** Both prices. */
export async function findHostingPrices(
  { purse, options }: AwsContext,
  instanceType = endpointMachine(options),
): Promise<HostingPrices> {
  const { memoryMegabytes, concurrency } = options.serverless ?? usualServerless;
  const serverless = offerOf('', { memoryMegabytes, concurrency });
  const perHour = await purse.pricePerHour(serverless.instanceType, serverless.component);
  return {
    instanceType,
    dollarsPerHour: await purse.pricePerHour(instanceType, 'Hosting'),
    memoryMegabytes,
    dollarsPerSecond: perHour === 'unknown' ? perHour : perHour / 3600,
  };
}
