// Updates a running endpoint to another artifact. Creates a model and a configuration like the old ones. After the update,
// deletes the old ones; after a failure, the new ones.
import {
  AddTagsCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  type Tag,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { afterFailure, bothErrors, UserError } from '../../../platform/errors';
import type { UpdateGuard } from '../../contract/endpoint';
import { checkGuard } from '../../contract/guard';
import { uniqueName } from '../../contract/names';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { patience, rideOut } from '../account/poll';
import { unlessTaken } from '../account/serviceErrors';
import { lineageTags } from '../storage/artifact';
import { expectArtifact } from '../storage/objects';
import { deleteAlarmsOf, describeTripped, putAlarms } from './alarms';
import { checkEndsLater, checkGuardable, deploymentOf, describeGuard } from './guard';
import {
  deleteParts,
  describeModel,
  findConfiguration,
  findEndpoint,
  leftRemedy,
  type PartKind,
} from './parts';
import { instancesOf } from './scalableTarget';
import { hostingCostOf } from './serverless';
import { findPlannedEnd, minutesAhead, recordPlannedEnd } from './switchOff';
import { describeFailure, type EndpointState, watchEndpoint } from './watch';

/** A new artifact, and the guard of its way in. */
interface Change {
  modelArtifact: string;
  guard?: UpdateGuard | undefined;
}

/**
 * Updates an endpoint to another artifact. Throws a {@link UserError} if the endpoint is gone or busy, the new artifact does
 * not become healthy, or its guard has gone off.
 */
export async function updateEndpoint(
  context: AwsContext,
  name: string,
  { modelArtifact, guard: given }: Change,
): Promise<void> {
  const guard = given && checkGuard(given);
  await expectArtifact(context, modelArtifact);
  const lineage = await lineageTags(context, modelArtifact);
  const { arn, old, variant, count } = await expectUpdatable(context, name);
  if (guard) checkGuardable(name, variant, { ...guard, count });
  checkEndsLater(name, findPlannedEnd(context, name)?.ends, guard);
  // For some minutes, both the old and the new instances are billed.
  const purpose = `The update of endpoint ${name}`;
  const cost = { ...hostingCostOf(variant), ...instancesOf(context, name, count) };
  await context.budget.reserve({ purpose, ...cost, minutes: minutesAhead(context, name) });
  if (guard) context.tell(describeGuard(guard));
  const next = uniqueName();
  const alarms: string[] = [];
  try {
    await createNext(context, { next, old: variant.ModelName ?? '', modelArtifact, lineage }, old);
    if (guard) alarms.push(...(await putAlarms(context, { endpoint: name, configuration: next }, guard)));
    const command = new UpdateEndpointCommand({
      EndpointName: name,
      EndpointConfigName: next,
      RetainAllVariantProperties: true,
      ...(guard && { DeploymentConfig: deploymentOf(guard, alarms) }),
    });
    await rideOut(context, () => context.clients.sagemaker.send(command), { seconds: patience.start });
  } catch (error) {
    let isSwitching = false;
    const failure = await afterFailure(
      error,
      async () => {
        isSwitching = await isSwitchingTo(context, name, next);
        if (isSwitching) return;
        await deleteParts(context, next, ['model', 'endpoint configuration']);
        context.budget.settle(purpose, 0);
        await deleteAlarmsOf(context, { endpoint: name, configuration: next });
      },
      leftRemedy,
    );
    if (!isSwitching) throw failure;
  }
  const after = await watchEndpoint(context, name);
  const isUpdated = after.EndpointStatus === 'InService' && after.EndpointConfigName === next;
  if (!isUpdated) throw await describeKept(context, name, { after, next, purpose, alarms });
  context.budget.replace(purposeOf('endpoint', name), purpose);
  const planned = findPlannedEnd(context, name);
  if (planned) recordPlannedEnd(context, name, { ...planned, modelArtifact });
  await finish(context, { name, next, arn, lineage }, [
    ['endpoint configuration', old.EndpointConfigName ?? ''],
    ['model', variant.ModelName ?? ''],
  ]);
}

/** Resolves to an endpoint's state. Throws a {@link UserError} if it cannot be updated now. */
async function expectUpdatable(context: AwsContext, name: string) {
  const before = await findEndpoint(context, name);
  const old = before && (await findConfiguration(context, before.EndpointConfigName ?? ''));
  const [variant] = old?.ProductionVariants ?? [];
  if (!old || !variant || before.EndpointStatus !== 'InService') {
    throw new UserError(
      `Endpoint ${name} is ${before?.EndpointStatus ?? 'gone'} and cannot be updated. Wait, or deploy it again.`,
    );
  }
  // The update keeps the number of instances that the endpoint has scaled to.
  const count = before.ProductionVariants?.[0]?.DesiredInstanceCount ?? 1;
  return { arn: before.EndpointArn ?? '', old, variant, count };
}

/** Returns the error for an endpoint that has kept its old artifact, after deleting the parts of the new one. */
async function describeKept(
  context: AwsContext,
  name: string,
  {
    after,
    next,
    purpose,
    alarms,
  }: { after: EndpointState; next: string; purpose: string; alarms: readonly string[] },
): Promise<unknown> {
  const tripped = await describeTripped(context, alarms).catch(() => '');
  const why = tripped
    ? `SageMaker rolled back, since an alarm went off. ${tripped}`
    : await describeFailure(context, name, after);
  const still = after.EndpointStatus === 'InService' ? ' and answers from its old artifact' : '';
  context.budget.settle(purpose);
  return await afterFailure(
    new UserError(`Endpoint ${name} was not updated${still}: ${why}`),
    async () => {
      await deleteParts(context, next, ['model', 'endpoint configuration']);
      await deleteAlarmsOf(context, { endpoint: name, configuration: next });
    },
    leftRemedy,
  );
}

/** Tags an updated endpoint with its new lineage, and deletes the parts of the old artifact and the alarms of the update. */
async function finish(
  context: AwsContext,
  { name, next, arn, lineage }: { name: string; next: string; arn: string; lineage: Tag[] },
  old: readonly [kind: PartKind, name: string][],
): Promise<void> {
  try {
    if (lineage.length > 0) {
      await context.clients.sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: lineage }));
    }
    for (const [kind, part] of old) await deleteParts(context, part, [kind]);
    await deleteAlarmsOf(context, { endpoint: name, configuration: next });
  } catch (error) {
    throw bothErrors(new UserError(`Endpoint ${name} now serves the new artifact.`), error, leftRemedy);
  }
}

/** Returns whether the update started. After a lost response, the SDK sends the request again and gets a busy error. */
async function isSwitchingTo(context: AwsContext, name: string, next: string): Promise<boolean> {
  const { EndpointConfigName, PendingDeploymentSummary } = (await findEndpoint(context, name)) ?? {};
  return [EndpointConfigName, PendingDeploymentSummary?.EndpointConfigName].includes(next);
}

async function createNext(
  context: AwsContext,
  { next, old, modelArtifact, lineage }: { next: string; old: string; modelArtifact: string; lineage: Tag[] },
  configuration: NonNullable<Awaited<ReturnType<typeof findConfiguration>>>,
): Promise<void> {
  const { sagemaker } = context.clients;
  const model = await describeModel(context, old);
  context.recordCreation('model', next);
  const modelCommand = new CreateModelCommand({
    ModelName: next,
    ExecutionRoleArn: model.ExecutionRoleArn,
    PrimaryContainer: { Image: model.image, ModelDataUrl: modelArtifact },
    ...(model.VpcConfig?.Subnets?.length && { VpcConfig: model.VpcConfig }),
    EnableNetworkIsolation: model.EnableNetworkIsolation,
    Tags: [...context.tags, ...lineage],
  });
  const seconds = patience.start;
  await rideOut(context, () => sagemaker.send(modelCommand).catch(unlessTaken), { seconds });
  const { ProductionVariants = [], KmsKeyId, DataCaptureConfig } = configuration;
  context.recordCreation('endpoint configuration', next);
  const configurationCommand = new CreateEndpointConfigCommand({
    EndpointConfigName: next,
    ProductionVariants: ProductionVariants.map((one) => ({ ...one, ModelName: next })),
    ...(KmsKeyId && { KmsKeyId }),
    ...(DataCaptureConfig?.EnableCapture && { DataCaptureConfig }),
    Tags: context.tags,
  });
  await rideOut(context, () => sagemaker.send(configurationCommand).catch(unlessTaken), { seconds });
}
