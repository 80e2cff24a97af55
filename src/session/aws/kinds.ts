// The kinds of resources that AWS bills, in the order in which they are listed: how to list, price and end each.
import type { AwsContext } from './account/context';
import {
  type Listed,
  listEndpoints,
  listJobs,
  listNotebooks,
  listTransforms,
  listTuningJobs,
  ours,
} from './account/lists';
import type { Component } from './account/prices';
import { isOfTheProject } from './account/tags';
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
  /** Without a type if the resource no longer exists or has no instance. A kind without this method costs nothing by itself. */
  instances?(context: AwsContext, listed: Listed): Promise<Instances>;
  /** A kind without this method is listed, but never ended. */
  end?(context: AwsContext, name: string): Promise<void>;
}

export const billedKinds = {
  // Its trials are billed, as training jobs.
  'tuning job': {
    list: async (context) => await ours(context, 'tuning job', await listTuningJobs(context)),
    end: stopTuningAndWait,
  },
  'training job': {
    list: async (context) => await ours(context, 'training job', await listJobs(context)),
    async instances(context, { name }) {
      const { InstanceType, InstanceCount } = (await findTrainingJob(context, name))?.ResourceConfig ?? {};
      return { type: InstanceType, component: 'Training', count: InstanceCount };
    },
    end: stopAndWait,
  },
  'transform job': {
    list: async (context) => await ours(context, 'transform job', await listTransforms(context)),
    async instances(context, { name }) {
      const { InstanceType, InstanceCount } = (await findTransform(context, name))?.TransformResources ?? {};
      return { type: InstanceType, component: 'Transform', count: InstanceCount };
    },
    end: endTransform,
  },
  endpoint: {
    list: async (context) => await ours(context, 'endpoint', await listEndpoints(context)),
    async instances(context, { name }) {
      const { EndpointConfigName = '', ProductionVariants = [] } = (await findEndpoint(context, name)) ?? {};
      const [variant] = (await findConfiguration(context, EndpointConfigName))?.ProductionVariants ?? [];
      const count = ProductionVariants[0]?.CurrentInstanceCount;
      return { type: variant?.InstanceType, component: 'Hosting', count };
    },
    end: deleteEndpoint,
  },
  'notebook instance': {
    list: listOwnNotebooks,
    instances: async (_context, { instanceType }) => ({ type: instanceType, component: 'Notebook' }),
  },
} satisfies Record<string, Kind>;

export type BilledKind = keyof typeof billedKinds;

/** Returns how to list, price and end a kind. */
export function kindOf(kind: BilledKind): Kind {
  return billedKinds[kind];
}

/** Returns this notebook instance and those with the project's tag, including other users' ones. */
async function listOwnNotebooks(context: AwsContext): Promise<Listed[]> {
  const kept: Listed[] = [];
  for (const one of await listNotebooks(context)) {
    if (one.name === context.place.notebook || (await isOfTheProject(context, one.arn))) kept.push(one);
  }
  return kept;
}
