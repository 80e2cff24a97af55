// Deploys a model artifact to an endpoint on SageMaker: creates model, configuration and endpoint in this order, and
// deletes them in reverse if a step fails.
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigInput,
} from '@aws-sdk/client-sagemaker';
import { afterFailure, bothErrors, UserError } from '../../../platform/errors';
import { endpointMachine } from '../../contract/instanceTypes';
import { checkName, uniqueName } from '../../contract/names';
import type { DeploymentOptions, Endpoint } from '../../contract/session';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { takenName } from '../account/errors';
import { domainOf, expectRole } from '../account/identity';
import { outputKey, volumeKey } from '../account/keys';
import { isTaken } from '../account/serviceErrors';
import { startKey, wasStartedNow } from '../account/tags';
import { lineageTags } from '../storage/artifact';
import { expectArtifact } from '../storage/objects';
import { createModel, deleteEndpoint, deleteParts, findEndpoint, leftRemedy, type PartKind } from './parts';
import { createAwsPredictor } from './predictor';
import { variantName } from './scalableTarget';
import { scaleEndpoint } from './scale';
import { hostingCost, type Serverless, serverlessOf } from './serverless';
import { updateEndpoint } from './update';
import { describeFailure, watchEndpoint } from './watch';

/** Key of the tag with the planned end of the endpoint, in ISO 8601. */
export const expiryKey = 'expires';

/** Deploys a model artifact to a new endpoint. @param findImage returns the image's URI in ECR; called after other checks */
export async function deployEndpoint(
  context: AwsContext,
  modelArtifact: string,
  { name = uniqueName(), instanceType, serverless: chosen }: DeploymentOptions,
  findImage: () => Promise<string>,
): Promise<Endpoint> {
  checkName(name);
  const serverless = serverlessOf(chosen, context.options);
  expectRole(context.place);
  await expectArtifact(context, modelArtifact);
  if (await findEndpoint(context, name)) throw takenName(name, 'attachEndpoint');
  const image = await findImage();
  const { options, clients, budget } = context;
  const { endpointHours = 1 } = options;
  const type = instanceType ?? endpointMachine(options);
  await budget.reserve({
    purpose: purposeOf('endpoint', name),
    minutes: 60 * endpointHours,
    ...hostingCost(type, serverless),
  });
  const expires = new Date(Date.now() + endpointHours * 3_600_000).toISOString();
  const start = uniqueName('start');
  const Tags = [
    ...context.tags,
    ...(await lineageTags(context, modelArtifact)),
    { Key: expiryKey, Value: expires },
    { Key: startKey, Value: start },
  ];
  const parts: Part[] = [
    {
      kind: 'model',
      create: () => createModel(context, { name, image, modelArtifact }, Tags),
    },
    {
      kind: 'endpoint configuration',

      create: () =>
        clients.sagemaker.send(
          new CreateEndpointConfigCommand({ ...configuration(context, name, serverless ?? type), Tags }),
        ),
    },
    {
      kind: 'endpoint',

      create: () =>
        clients.sagemaker.send(
          new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name, Tags }),
        ),
    },
  ];
  try {
    await createInOrder(context, name, start, parts);
    const state = await watchEndpoint(context, name);
    if (state.EndpointStatus !== 'InService') {
      throw await deleteUnhealthy(context, name, await describeFailure(context, name, state));
    }
  } catch (error) {
    // If SageMaker cannot be asked, the endpoint may exist and be billed.
    const exists = await findEndpoint(context, name).catch(() => true);
    if (!exists) budget.settle(purposeOf('endpoint', name));
    throw error;
  }
  return await openEndpoint(context, name);
}

/** Deletes an unhealthy endpoint and returns the error to throw. */
async function deleteUnhealthy(context: AwsContext, name: string, why: string): Promise<unknown> {
  const failure = `Endpoint ${name} did not become healthy`;
  try {
    await deleteEndpoint(context, name);
    return new UserError(`${failure}, and was deleted: ${why}`);
  } catch (error) {
    return bothErrors(new UserError(`${failure}: ${why}`), error, leftRemedy);
  }
}

interface Part {
  kind: PartKind;
  create(): Promise<unknown>;
}

/** Creates the parts. If one fails, deletes the ones before it, but never a resource that somebody else created. */
async function createInOrder(
  context: AwsContext,
  name: string,
  start: string,
  parts: readonly Part[],
): Promise<void> {
  const created: PartKind[] = [];
  for (const { kind, create } of parts) {
    context.recordCreation(kind, name);
    try {
      await create();
    } catch (error) {
      // If SageMaker cannot be asked, the parts created before are deleted nevertheless.
      const isOurs = await wasStartedNow(context, { kind, name, start }).catch(() => false);
      if (!isOurs || !isTaken(error)) {
        if (isOurs) created.push(kind);
        else context.recordEnd(kind, name);
        throw await afterFailure(
          isTaken(error) ? takenName(name, 'attachEndpoint', error) : error,
          () => deleteParts(context, name, created),
          leftRemedy,
        );
      }
    }
    created.push(kind);
  }
}

function configuration(
  { options, bucket, prefix }: AwsContext,
  name: string,
  machine: string | Serverless,
): CreateEndpointConfigInput {
  const { dataCapturePercent } = options;
  const volumes = typeof machine === 'string' && volumeKey(options, machine);
  const captured = outputKey(options);
  const isServerless = typeof machine !== 'string';
  const capacity = isServerless
    ? {
        ServerlessConfig: {
          MemorySizeInMB: machine.memoryMegabytes,
          MaxConcurrency: machine.concurrency,
        },
      }
    : { InstanceType: machine as never, InitialInstanceCount: 1, InitialVariantWeight: 1 };
  return {
    EndpointConfigName: name,
    ProductionVariants: [{ VariantName: variantName, ModelName: name, ...capacity }],
    ...(volumes && { KmsKeyId: volumes }),
    ...(dataCapturePercent !== undefined && {
      DataCaptureConfig: {
        EnableCapture: true,
        InitialSamplingPercentage: dataCapturePercent,
        DestinationS3Uri: `s3://${bucket.Bucket}/${prefix}/captured`,
        ...(captured && { KmsKeyId: captured }),
        CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
      },
    }),
  };
}

/** Opens an existing endpoint. Throws a {@link UserError} if it does not exist or it is not in service. */
export async function openEndpoint(context: AwsContext, name: string): Promise<Endpoint> {
  checkName(name);
  const region = context.place.region.value;
  const status = (await findEndpoint(context, name))?.EndpointStatus;
  if (status === undefined) {
    throw new UserError(`There is no endpoint "${name}" in ${region}. Deploy the artifact again.`);
  }
  if (status !== 'InService' && status !== 'Updating') {
    throw new UserError(`Endpoint ${name} is ${status} and cannot predict. Wait, or deploy another.`);
  }
  return {
    name,
    url: `https://runtime.sagemaker.${region}.${domainOf(region)}/endpoints/${name}/invocations`,
    ...createAwsPredictor(context, name),
    update: (modelArtifact) => updateEndpoint(context, name, modelArtifact),
    scale: (scale) => scaleEndpoint(context, name, scale),
    delete: () => deleteEndpoint(context, name),
  };
}
