// Lists what this workshop still runs on AWS, its cost an hour and its cost so far.
import type { RunningResource } from '../contract/session';
import type { AwsContext } from './account/context';
import {
  ageOf,
  type Listed,
  listEndpoints,
  listJobs,
  listNotebooks,
  listTransforms,
  listTuningJobs,
  ours,
} from './account/lists';
import type { Component, Price } from './account/prices';
import { isOfTheProject } from './account/tags';
import { findConfiguration, findEndpoint } from './endpoint/parts';
import { findTrainingJob } from './jobs/trainingState';
import { findTransform } from './jobs/transformState';

export async function listRunning(context: AwsContext): Promise<RunningResource[]> {
  return [
    ...(await pricedOurs(context, 'tuning job', listTuningJobs)),
    ...(await pricedOurs(context, 'training job', listJobs)),
    ...(await pricedOurs(context, 'transform job', listTransforms)),
    ...(await pricedOurs(context, 'endpoint', listEndpoints)),
    ...(await priced(context, 'notebook instance', await notebooks(context))),
  ];
}

/** Returns this notebook instance and those with the project's tag, including other users' ones. */
async function notebooks(context: AwsContext): Promise<Listed[]> {
  const kept: Listed[] = [];
  for (const one of await listNotebooks(context)) {
    if (one.name === context.place.notebook || (await isOfTheProject(context, one.arn))) kept.push(one);
  }
  return kept;
}

async function pricedOurs(
  context: AwsContext,
  kind: RunningResource['kind'],
  list: (context: AwsContext) => Promise<Listed[]>,
): Promise<RunningResource[]> {
  return await priced(context, kind, await ours(context, kind, await list(context)));
}

async function priced(
  context: AwsContext,
  kind: RunningResource['kind'],
  listed: readonly Listed[],
): Promise<RunningResource[]> {
  const running: RunningResource[] = [];
  for (const one of listed) {
    const dollarsPerHour = await priceOf(context, kind, one);
    const seconds = ageOf(one.since);
    const dollarsSoFar = dollarsPerHour === 'unknown' ? 'unknown' : (dollarsPerHour * seconds) / 3600;
    running.push({ kind, name: one.name, seconds, dollarsPerHour, dollarsSoFar });
  }
  return running;
}

async function priceOf(context: AwsContext, kind: RunningResource['kind'], listed: Listed): Promise<Price> {
  // Only its trials are billed, as training jobs.
  if (kind === 'tuning job') return 0;
  const machine = await machineOf(context, kind, listed);
  if (!machine) return 'unknown';
  const { instanceType, component, count = 1 } = machine;
  const price = await context.budget.pricePerHour(instanceType, component);
  return price === 'unknown' ? price : count * price;
}

interface Machine {
  instanceType: string;
  component: Component;
  count?: number | undefined;
}

/** Resolves to undefined if the resource no longer exists or has no instance of its own. */
async function machineOf(
  context: AwsContext,
  kind: RunningResource['kind'],
  { name, instanceType }: Listed,
): Promise<Machine | undefined> {
  if (kind === 'notebook instance') return instanceType ? { instanceType, component: 'Notebook' } : undefined;
  if (kind === 'transform job') {
    const { InstanceType, InstanceCount } = (await findTransform(context, name))?.TransformResources ?? {};
    return InstanceType && { instanceType: InstanceType, component: 'Transform', count: InstanceCount };
  }
  if (kind === 'endpoint') {
    const { EndpointConfigName = '', ProductionVariants = [] } = (await findEndpoint(context, name)) ?? {};
    const type = (await findConfiguration(context, EndpointConfigName))?.ProductionVariants?.[0]
      ?.InstanceType;
    const count = ProductionVariants[0]?.CurrentInstanceCount;
    return type && { instanceType: type, component: 'Hosting', count };
  }
  const { InstanceType, InstanceCount } = (await findTrainingJob(context, name))?.ResourceConfig ?? {};
  return InstanceType && { instanceType: InstanceType, component: 'Training', count: InstanceCount };
}
