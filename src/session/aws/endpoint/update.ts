// An endpoint goes over to another artifact while it answers: a new model and configuration like the old ones, which are
// deleted when SageMaker has gone over, as the new ones are when it has not.
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
import { isTaken } from '../account/answers';
import { lineageTags } from '../account/artifact';
import type { AwsContext } from '../account/context';
import type { ResourceKind } from '../account/ledger';
import { expectArtifact } from '../account/objects';
import { deleteParts, findConfiguration, findEndpoint, leftRemedy, purposeOf } from './parts';
import { offerOf } from './serverless';
import { describeFailure, watchEndpoint } from './watch';

/** Throws a {@link UserError} where the endpoint is gone or busy, or the new artifact does not become healthy. */
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
  // As many machines as it has grown to go over together, and stay as many.
  const count = before.ProductionVariants?.[0]?.DesiredInstanceCount;
  // For some minutes the old machine and the new one are billed, and then the new one.
  const purpose = `The update of endpoint ${name}`;
  await context.purse.reserve({
    what: purpose,
    ...(variant.ServerlessConfig
      ? offerOf('', {
          memoryMegabytes: variant.ServerlessConfig.MemorySizeInMB ?? 0,
          concurrency: variant.ServerlessConfig.MaxConcurrency ?? 1,
        })
      : offerOf(variant.InstanceType ?? '', undefined)),
    ...(count && count > 1 && { count }),
    minutes: 60 * (context.options.endpointHours ?? 1),
  });
  const next = uniqueName();
  try {
    await createNext(context, { next, old: variant.ModelName ?? '', modelArtifact, lineage }, old);
    await context.clients.sagemaker.send(
      new UpdateEndpointCommand({
        EndpointName: name,
        EndpointConfigName: next,
        RetainAllVariantProperties: true,
      }),
    );
  } catch (error) {
    let goesOver = false;
    const failure = await afterFailure(
      error,
      async () => {
        goesOver = await isGoingOver(context, name, next);
        if (goesOver) return;
        await deleteParts(context, next, ['model', 'endpoint configuration']);
        context.purse.settle(purpose, 0);
      },
      leftRemedy,
    );
    if (!goesOver) throw failure;
  }
  const after = await watchEndpoint(context, name);
  if (after.EndpointStatus === 'InService' && after.EndpointConfigName === next) {
    context.purse.settle(purposeOf(name));
    await finish(context, { name, arn: before.EndpointArn ?? '', lineage }, [
      ['endpoint configuration', old.EndpointConfigName ?? ''],
      ['model', variant.ModelName ?? ''],
    ]);
    return;
  }
  const why = await describeFailure(context, name, after);
  const answers = after.EndpointStatus === 'InService' ? ' and answers from its old artifact' : '';
  context.purse.settle(purpose);
  throw await afterFailure(
    new UserError(`Endpoint ${name} was not updated${answers}: ${why}`),
    () => deleteParts(context, next, ['model', 'endpoint configuration']),
    leftRemedy,
  );
}

/** Tags the endpoint that answers from its new artifact, and deletes what belonged to the old one. */
async function finish(
  context: AwsContext,
  { name, arn, lineage }: { name: string; arn: string; lineage: Tag[] },
  old: readonly [kind: ResourceKind, name: string][],
): Promise<void> {
  try {
    await retag(context, arn, lineage);
    for (const [kind, part] of old) await deleteParts(context, part, [kind]);
  } catch (error) {
    throw bothErrors(new UserError(`Endpoint ${name} answers from its new artifact.`), error, leftRemedy);
  }
}

/** The SDK asks again where an answer is lost, and is told then that the endpoint is busy. */
async function isGoingOver(context: AwsContext, name: string, next: string): Promise<boolean> {
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
  const creatingModel = sagemaker.send(
    new CreateModelCommand({
      ModelName: next,
      ExecutionRoleArn: model.ExecutionRoleArn,
      PrimaryContainer: { Image: model.PrimaryContainer?.Image, ModelDataUrl: modelArtifact },
      ...(model.VpcConfig?.Subnets?.length && { VpcConfig: model.VpcConfig }),
      EnableNetworkIsolation: model.EnableNetworkIsolation,
      Tags: [...context.tags, ...lineage],
    }),
  );
  await unlessThere(creatingModel);
  const { ProductionVariants = [], KmsKeyId, DataCaptureConfig } = configuration;
  context.recordCreation('endpoint configuration', next);
  const creatingConfiguration = sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: next,
      ProductionVariants: ProductionVariants.map((one) => ({ ...one, ModelName: next })),
      ...(KmsKeyId && { KmsKeyId }),
      ...(DataCaptureConfig?.EnableCapture && { DataCaptureConfig }),
      Tags: context.tags,
    }),
  );
  await unlessThere(creatingConfiguration);
}

/** The endpoint leads back to its new model. */
async function retag({ clients }: AwsContext, ResourceArn: string, Tags: Tag[]): Promise<void> {
  if (Tags.length > 0) await clients.sagemaker.send(new AddTagsCommand({ ResourceArn, Tags }));
}

/** The name was made a moment ago: where it is taken, an answer was lost and the SDK has asked again. */
async function unlessThere(creating: Promise<unknown>): Promise<void> {
  await creating.catch((error: unknown) => {
    if (!isTaken(error)) throw error;
  });
}
