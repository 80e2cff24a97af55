// The kinds of resources that AWS bills, in the order in which they are listed: how to list, price and end each.
import type { AwsContext } from './account/context';
import {
  type Listed,
  listEndpoints,
  listJobs,
  listNotebooks,
  listTransforms,
  listTuningJobs,
  listWarmPools,
} from './account/lists';
import type { Component } from './account/prices';
import { expiryKey, isOfTheProject, listTags } from './account/tags';
import { deleteEndpoint, findConfiguration, findEndpoint } from './endpoint/parts';
import { findPlannedEnd } from './endpoint/switchOff';
import { dearestOf, findTrainingJob, instanceTypesOf } from './jobs/trainingState';
import { readPlan } from './jobs/transformPlan';
import { endTransform, findTransform } from './jobs/transformState';
import { stopTuningAndWait } from './jobs/tuningJob';
import { endTraining, endWarmPool, poolEnd } from './jobs/warmPool';

/** The instances of a resource. */
export interface Instances {
  type: string | undefined;
  component: Component;
  count?: number | undefined;
}

interface Kind {
  list(context: AwsContext): Promise<Listed[]>;
  /** Whether to show a resource. @default by its tags */
  owns?(context: AwsContext, listed: Listed): Promise<boolean>;
  /** Without a type if the resource no longer exists or has no instance. A kind without this method costs nothing by itself. */
  instances?(context: AwsContext, listed: Listed): Promise<Instances>;
  /** Resolves to its planned end; undefined if it has none. */
  until?(context: AwsContext, listed: Listed): Promise<Date | undefined>;
  /** Resolves to the planned end to show. */
  ends?(context: AwsContext, listed: Listed): Promise<Date | undefined>;
  /** A kind without this method is listed, but never ended. */
  end?(context: AwsContext, name: string): Promise<void>;
}

export const billedKinds = {
  // Its trials are billed, as training jobs.
  'tuning job': {
    list: listTuningJobs,
    end: stopTuningAndWait,
  },
  'training job': {
    list: listJobs,
    instances: trainingInstances,
    async until(context, { name, since }) {
      const job = await findTrainingJob(context, name);
      const { TrainingStartTime = since, StoppingCondition, ResourceConfig } = job ?? {};
      const seconds =
        (StoppingCondition?.MaxRuntimeInSeconds ?? 0) + (ResourceConfig?.KeepAlivePeriodInSeconds ?? 0);
      return new Date(TrainingStartTime.getTime() + 1000 * seconds);
    },
    end: endTraining,
  },
  'warm pool': {
    list: listWarmPools,
    instances: trainingInstances,
    until: (context, { name }) => poolEnd(context, name),
    ends: (context, { name }) => poolEnd(context, name),
    end: endWarmPool,
  },
  'transform job': {
    list: listTransforms,
    async instances(context, { name }) {
      const { InstanceType, InstanceCount } = (await findTransform(context, name))?.TransformResources ?? {};
      return { type: InstanceType, component: 'Transform', count: InstanceCount };
    },
    // The time limit is the plan's: SageMaker has none.
    async until(context, { name, since }) {
      const minutes = (await readPlan(context, name).catch(() => undefined))?.maxRuntimeMinutes;
      return minutes === undefined ? undefined : new Date(since.getTime() + 60_000 * minutes);
    },
    end: endTransform,
  },
  endpoint: {
    list: listEndpoints,
    async instances(context, { name }) {
      const { EndpointConfigName = '', ProductionVariants = [] } = (await findEndpoint(context, name)) ?? {};
      const [variant] = (await findConfiguration(context, EndpointConfigName))?.ProductionVariants ?? [];
      const count = ProductionVariants[0]?.CurrentInstanceCount;
      return { type: variant?.InstanceType, component: 'Hosting', count };
    },
    async until(context, { arn }) {
      const expires = (await listTags(context, arn)).get(expiryKey);
      return expires ? new Date(expires) : undefined;
    },
    // As the ledger has it, which takes no request.
    ends: async (context, { name }) => findPlannedEnd(context, name)?.ends,
    end: deleteEndpoint,
  },
  'notebook instance': {
    list: listNotebooks,
    // The one you work on, and those with the project's tag, including other users' ones.
    owns: async (context, { name, arn }) =>
      name === context.place.notebook || (await isOfTheProject(context, arn)),
    instances: async (_context, { instanceType }) => ({ type: instanceType, component: 'Notebook' }),
  },
} satisfies Record<string, Kind>;

async function trainingInstances(context: AwsContext, { name }: Listed): Promise<Instances> {
  const job = await findTrainingJob(context, name);
  return {
    type: job && (await dearestOf(context, instanceTypesOf(job))),
    component: 'Training',
    count: job?.ResourceConfig?.InstanceCount,
  };
}

export type BilledKind = keyof typeof billedKinds;

/** Returns how to list, price and end a kind. */
export function kindOf(kind: BilledKind): Kind {
  return billedKinds[kind];
}
