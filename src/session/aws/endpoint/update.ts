// Updates a running endpoint to another artifact. Creates a model and a configuration like the old ones. After the update,
// deletes the old ones; after a failure, the new ones.
import {
  AddTagsCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeModelCommand,
  type Tag,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { afterFailure, bothErrors, UserError } from '../../../platform/errors';
import { uniqueName } from '../../contract/names';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { patience, rideOut } from '../account/poll';
import { isTaken } from '../account/serviceErrors';
import { lineageTags } from '../storage/artifact';
import { expectArtifact } from '../storage/objects';
import { deleteParts, findConfiguration, findEndpoint, leftRemedy, type PartKind } from './parts';
import { hostingCostOf } from './serverless';
import { findPlannedEnd, minutesAhead, recordPlannedEnd } from './switchOff';
import { describeFailure, watchEndpoint } from './watch';

/** Updates an endpoint to another artifact. Throws a {@link UserError} if the endpoint is gone or busy, or the new artifact does not become healthy. */
export async function updateEndpoint(
  context: AwsContext,
  name: string,
  modelArtifact: string,
): Promise<void> {
  await expectArtifact(context, modelArtifact);
  const lineage = await lineageTags(context, modelArtifact);
  const before = await findEndpoint(context, name);
  const old = before && (await findConfiguration(context, before.EndpointConfigName ?? ''));
  const [variant] = old?.ProductionVariants ?? [];
  if (!old || !variant || before.EndpointStatus !== 'InService') {
    throw new UserError(
      `Endpoint ${name} is ${before?.EndpointStatus ?? 'gone'} and cannot be updated. Wait, or deploy it again.`,
    );
  }
  // The update keeps the number of instances that the endpoint has scaled to.
  const count = before.ProductionVariants?.[0]?.DesiredInstanceCount;
  // For some minutes, both the old and the new instances are billed.
  const purpose = `The update of endpoint ${name}`;
  await context.budget.reserve({
    purpose,
    ...hostingCostOf(variant),
    ...(count && count > 1 && { count }),
    minutes: minutesAhead(context, name),
  });
  const next = uniqueName();
  try {
    await createNext(context, { next, old: variant.ModelName ?? '', modelArtifact, lineage }, old);
    const command = new UpdateEndpointCommand({
      EndpointName: name,
      EndpointConfigName: next,
      RetainAllVariantProperties: true,
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
      },
      leftRemedy,
    );
    if (!isSwitching) throw failure;
  }
  const after = await watchEndpoint(context, name);
  if (after.EndpointStatus === 'InService' && after.EndpointConfigName === next) {
    context.budget.settle(purposeOf('endpoint', name));
    const planned = findPlannedEnd(context, name);
    if (planned) recordPlannedEnd(context, name, { ...planned, modelArtifact });
    await finish(context, { name, arn: before.EndpointArn ?? '', lineage }, [
      ['endpoint configuration', old.EndpointConfigName ?? ''],
      ['model', variant.ModelName ?? ''],
    ]);
    return;
  }
  const why = await describeFailure(context, name, after);
  const still = after.EndpointStatus === 'InService' ? ' and answers from its old artifact' : '';
  context.budget.settle(purpose);
  throw await afterFailure(
    new UserError(`Endpoint ${name} was not updated${still}: ${why}`),
    () => deleteParts(context, next, ['model', 'endpoint configuration']),
    leftRemedy,
  );
}

/** Tags an updated endpoint with its new lineage, and deletes the parts of the old artifact. */
async function finish(
  context: AwsContext,
  { name, arn, lineage }: { name: string; arn: string; lineage: Tag[] },
  old: readonly [kind: PartKind, name: string][],
): Promise<void> {
  try {
    if (lineage.length > 0) {
      await context.clients.sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: lineage }));
    }
    for (const [kind, part] of old) await deleteParts(context, part, [kind]);
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
  const model = await sagemaker.send(new DescribeModelCommand({ ModelName: old }));
  context.recordCreation('model', next);
  const modelCommand = new CreateModelCommand({
    ModelName: next,
    ExecutionRoleArn: model.ExecutionRoleArn,
    PrimaryContainer: { Image: model.PrimaryContainer?.Image, ModelDataUrl: modelArtifact },
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

/** Ignores a taken name: it is new, so the SDK has repeated a request whose response was lost. */
function unlessTaken(error: unknown): void {
  if (!isTaken(error)) throw error;
}
