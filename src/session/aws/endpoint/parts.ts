// The parts of an endpoint: itself, its configuration and its model. Finds them, and deletes those that exist in the
// reverse order of their creation.
import {
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeModelPackageCommand,
  type Tag,
} from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import { purposeOf } from '../account/budget';
import { type AwsContext, networkOf } from '../account/context';
import { expectRole } from '../account/identity';
import { poll } from '../account/poll';
import { isBusy, isDenied, isGone, unlessGone } from '../account/serviceErrors';
import { arnOf, isOfTheProject } from '../account/tags';
import { containerOf } from '../models/registeredModels';
import { deleteAlarmsOf } from './alarms';
import { endScaling } from './scalableTarget';
import { disarmSwitchOff } from './switchOff';

/** The remedy after a failed clean-up. */
export const leftRemedy =
  'Resources may be left and billed: `await session.whatIsRunning()` lists them, `await session.cleanUp()` deletes them.';

export interface EndpointParts {
  configurations: string[];
  models: string[];
}

/** Creates a model from a version in the registry, else from an image in ECR and an artifact in S3. */
export async function createModel(
  { clients, options, place }: AwsContext,
  {
    name,
    image,
    modelArtifact,
    version,
  }: { name: string; image: string; modelArtifact: string; version?: string | undefined },
  Tags: Tag[],
): Promise<void> {
  const command = new CreateModelCommand({
    ModelName: name,
    ExecutionRoleArn: expectRole(place),
    PrimaryContainer: version ? { ModelPackageName: version } : { Image: image, ModelDataUrl: modelArtifact },
    ...networkOf(options),
    Tags,
  });
  await clients.sagemaker.send(command);
}

/** Resolves to undefined if the endpoint does not exist. */
export async function findEndpoint({ clients }: Pick<AwsContext, 'clients'>, name: string) {
  return await unlessGone(clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: name })));
}

/** Resolves to undefined if the configuration does not exist. */
export async function findConfiguration({ clients }: Pick<AwsContext, 'clients'>, name: string) {
  return await unlessGone(
    clients.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
  );
}

/** Resolves to a model, with the image and artifact of its version if it comes from the registry. */
export async function describeModel({ clients: { sagemaker } }: AwsContext, ModelName: string) {
  const model = await sagemaker.send(new DescribeModelCommand({ ModelName }));
  const { Image = '', ModelDataUrl = '', ModelPackageName } = model.PrimaryContainer ?? {};
  if (!ModelPackageName) return { ...model, image: Image, modelArtifact: ModelDataUrl };
  const version = await unlessGone(sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName })));
  if (!version) {
    throw new UserError(
      `The registered version that this endpoint serves, ${ModelPackageName}, has been deleted. Deploy the new artifact to an ` +
        'endpoint of its own, and delete this one.',
    );
  }
  return { ...model, ...containerOf(version) };
}

/** Returns the names of an endpoint's parts, including those of a running update; empty if the endpoint is gone. */
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

/** Deletes an endpoint, its configurations and its models. Resolves when the endpoint is gone. */
export async function deleteEndpoint(context: AwsContext, name: string): Promise<void> {
  // The endpoint is billed: it goes, even if its parts cannot be read or its scaling cannot be ended.
  const [found, scaling] = await Promise.allSettled([findParts(context, name), endScaling(context, name)]);
  await deletePart(context, 'endpoint', name);
  context.budget.settle(purposeOf('endpoint', name));
  const [unscheduled, alarms] = await Promise.allSettled([
    disarmSwitchOff(context, name),
    deleteAlarmsOf(context, { endpoint: name }),
  ]);
  const { configurations, models } =
    found.status === 'fulfilled' ? found.value : { configurations: [], models: [] };
  // The parts with the endpoint's own name may be left from an interrupted deletion.
  for (const one of new Set([...configurations, name]))
    await deletePart(context, 'endpoint configuration', one);
  for (const one of new Set([...models, name])) await deletePart(context, 'model', one);
  for (const result of [found, scaling, unscheduled, alarms]) {
    if (result.status === 'rejected') throw result.reason;
  }
}

/** Deletes the parts with one name in reverse order. Resolves when an endpoint among them is gone. */
export async function deleteParts(
  context: AwsContext,
  name: string,
  kinds: readonly PartKind[],
): Promise<void> {
  for (const kind of [...kinds].reverse()) await deletePart(context, kind, name);
}

export type PartKind = 'schedule' | 'alarm' | 'model' | 'endpoint configuration' | 'endpoint';

async function deletePart(context: AwsContext, kind: PartKind, name: string): Promise<void> {
  const { sagemaker } = context.clients;
  try {
    if (kind === 'model') await sagemaker.send(new DeleteModelCommand({ ModelName: name }));
    if (kind === 'endpoint configuration') {
      await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }));
    }
    if (kind === 'endpoint') await removeEndpoint(context, name);
    if (kind === 'schedule') await disarmSwitchOff(context, name);
    if (kind === 'alarm') await deleteAlarmsOf(context, { endpoint: name });
  } catch (error) {
    // A policy that goes by tags denies deleting a part that is gone, and so has none.
    const isTagged = kind === 'model' || kind === 'endpoint configuration';
    const isTagless = async () => isTagged && !(await isOfTheProject(context, arnOf(context, kind, name)));
    const isGonePart = isDenied(error) && (await isTagless());
    if (!isGone(error) && !isGonePart) throw error;
  }
  context.recordEnd(kind, name);
}

/** Deletes an endpoint once SageMaker has finished changing it. Resolves when it is gone. */
async function removeEndpoint(context: AwsContext, name: string): Promise<void> {
  const settled = ['InService', 'OutOfService', 'Failed', 'UpdateRollbackFailed'];
  await poll(context, async () => {
    const { EndpointStatus } = (await findEndpoint(context, name)) ?? {};
    if (EndpointStatus === undefined) return true;
    if (settled.includes(EndpointStatus)) await requestDeletion(context, name);
    return undefined;
  });
}

async function requestDeletion({ clients }: AwsContext, name: string): Promise<void> {
  try {
    await clients.sagemaker.send(new DeleteEndpointCommand({ EndpointName: name }));
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
}
