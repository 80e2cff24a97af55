// The kinds of resources that AWS bills, in the order in which they are listed: how to list, price and end each.
import type { AwsContext } from './account/context';
import {
  type Listed,
  listEndpoints,
  listJobs,
  listNotebooks,
  listTransforms,
  listTuningJobs,
} from './account/lists';
import type { Component } from './account/prices';
import { expiryKey, isOfTheProject, listTags } from './account/tags';
import { deleteEndpoint, findConfiguration, findEndpoint } from './endpoint/parts';
import { findTrainingJob, stopAndWait } from './jobs/trainingState';
import { endTransform, findTransform } from './jobs/transformState';
import { stopTuningAndWait } from './jobs/tuningJob';

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
    async instances(context, { name }) {
      const { InstanceType, InstanceCount } = (await findTrainingJob(context, name))?.ResourceConfig ?? {};
      return { type: InstanceType, component: 'Training', count: InstanceCount };
    },
    async until(context, { name, since }) {
      const { TrainingStartTime = since, StoppingCondition } = (await findTrainingJob(context, name)) ?? {};
      return new Date(TrainingStartTime.getTime() + 1000 * (StoppingCondition?.MaxRuntimeInSeconds ?? 0));
    },
    end: stopAndWait,
  },
  'transform job': {
    list: listTransforms,
    async instances(context, { name }) {
      const { InstanceType, InstanceCount } = (await findTransform(context, name))?.TransformResources ?? {};
      return { type: InstanceType, component: 'Transform', count: InstanceCount };
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

export type BilledKind = keyof typeof billedKinds;

/** Returns how to list, price and end a kind. */
export function kindOf(kind: BilledKind): Kind {
  return billedKinds[kind];
}
