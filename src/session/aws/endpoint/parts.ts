// What an endpoint consists of: itself, its configuration, its model; found, and deleted in the reverse order of their
// creation, each as far as it is there.
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  DescribeEndpointConfigCommand,
  type DescribeEndpointConfigCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { isBusy, isGone, unlessGone } from '../account/answers';
import type { AwsContext } from '../account/context';
import type { ResourceKind } from '../account/ledger';
import { pause } from '../account/stop';
import { endScaling } from './scalableTarget';

/** What to do where parts of an endpoint may be left. */
export const leftRemedy =
  'Something may be left and billed: `await session.whatIsRunning()` shows it, `await session.cleanUp()` ends it.';

export interface EndpointParts {
  configurations: string[];
  models: string[];
}

/** What the purse knows the endpoint by. */
export function purposeOf(name: string): string {
  return `The endpoint ${name}`;
}

/** Undefined where there is none of that name. */
export async function findEndpoint(
  { clients }: AwsContext,
  name: string,
): Promise<DescribeEndpointCommandOutput | undefined> {
  return await unlessGone(clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: name })));
}

/** Undefined where there is none of that name. */
export async function findConfiguration(
  { clients }: AwsContext,
  name: string,
): Promise<DescribeEndpointConfigCommandOutput | undefined> {
  return await unlessGone(
    clients.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
  );
}

/** Those that the endpoint works with now, and those of an update that is under way; empty where it is gone. */
export async function findParts(context: AwsContext, name: string): Promise<EndpointParts> {
  const endpoint = await findEndpoint(context, name);
  const configurations = [
    endpoint?.EndpointConfigName,
    endpoint?.PendingDeploymentSummary?.EndpointConfigName,
  ].filter((one) => one !== undefined);
  const found = await Promise.all(configurations.map((one) => findConfiguration(context, one)));
  const models = found.flatMap((one) => one?.ProductionVariants ?? []).flatMap((one) => one.ModelName ?? []);
  return { configurations, models };
}

/** The endpoint, its configurations and its models; resolves when the endpoint has gone. */
export async function deleteEndpoint(context: AwsContext, name: string): Promise<void> {
  const { configurations, models } = await findParts(context, name);
  await endScaling(context, name);
  await deletePart(context, 'endpoint', name);
  context.purse.settle(purposeOf(name));
  // Those of its own name are there, too, where an earlier try has come no further than this.
  for (const one of new Set([...configurations, name]))
    await deletePart(context, 'endpoint configuration', one);
  for (const one of new Set([...models, name])) await deletePart(context, 'model', one);
}

/** Parts of one name, in the reverse order; resolves when an endpoint among them has gone. */
export async function deleteParts(
  context: AwsContext,
  name: string,
  kinds: readonly ResourceKind[],
): Promise<void> {
  for (const kind of [...kinds].reverse()) await deletePart(context, kind, name);
}

async function deletePart(context: AwsContext, kind: ResourceKind, name: string): Promise<void> {
  const { sagemaker } = context.clients;
  try {
    if (kind === 'model') await sagemaker.send(new DeleteModelCommand({ ModelName: name }));
    if (kind === 'endpoint configuration') {
      await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }));
    }
    if (kind === 'endpoint') await removeEndpoint(context, name);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  context.recordEnd(kind, name);
}

/** SageMaker refuses to delete an endpoint on which it still works. Resolves when it has gone. */
async function removeEndpoint(context: AwsContext, name: string): Promise<void> {
  const settled = ['InService', 'OutOfService', 'Failed', 'UpdateRollbackFailed'];
  for (;;) {
    const { EndpointStatus } = (await findEndpoint(context, name)) ?? {};
    if (EndpointStatus === undefined) return;
    if (settled.includes(EndpointStatus)) {
      await requestDeletion(context, name);
    }
    await pause(context.pollSeconds);
  }
}

async function requestDeletion({ clients }: AwsContext, name: string): Promise<void> {
  try {
    await clients.sagemaker.send(new DeleteEndpointCommand({ EndpointName: name }));
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
}
