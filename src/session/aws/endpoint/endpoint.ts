// A model artifact → an endpoint on SageMaker: model, configuration and endpoint, created in this order, deleted in the
// reverse one, and none left behind when a step fails.
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigInput,
  CreateModelCommand,
} from '@aws-sdk/client-sagemaker';
import { afterFailure, bothErrors, UserError } from '../../../platform/errors';
import { endpointMachine } from '../../contract/instanceTypes';
import { checkName, uniqueName } from '../../contract/names';
import type { DeploymentOptions, Endpoint } from '../../contract/session';
import { isTaken } from '../account/answers';
import { lineageTags } from '../account/artifact';
import { type AwsContext, prefix } from '../account/context';
import { wordsOf } from '../account/errors';
import { expectRole } from '../account/identity';
import type { ResourceKind } from '../account/ledger';
import { expectArtifact } from '../account/objects';
import { startKey, wasStartedNow } from '../account/tags';
import { deleteEndpoint, deleteParts, findEndpoint, leftRemedy, purposeOf } from './parts';
import { createAwsPredictor } from './predictor';
import { variantName } from './scalableTarget';
import { scaleEndpoint } from './scale';
import { offerOf, type Serverless, serverlessOf } from './serverless';
import { updateEndpoint } from './update';
import { describeFailure, watchEndpoint } from './watch';

/** The tag that says until when the endpoint is meant to run, ISO 8601. */
export const expiryKey = 'expires';

/** @param findImage the image's URI in ECR */
export async function deployEndpoint(
  context: AwsContext,
  modelArtifact: string,
  { name = uniqueName(), instanceType, serverless: chosen }: DeploymentOptions,
  findImage: () => Promise<string>,
): Promise<Endpoint> {
  checkName(name);
  const serverless = serverlessOf(chosen, context.options);
  const ExecutionRoleArn = expectRole(context.place);
  await expectArtifact(context, modelArtifact);
  if (await findEndpoint(context, name)) throw taken(name);
  const Image = await findImage();
  const { options, clients, purse } = context;
  const { endpointHours = 1, vpc, networkIsolation } = options;
  const type = instanceType ?? endpointMachine(options);
  await purse.reserve({ what: purposeOf(name), minutes: 60 * endpointHours, ...offerOf(type, serverless) });
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
      resource: `model/${name.toLowerCase()}`,
      create: () =>
        clients.sagemaker.send(
          new CreateModelCommand({
            ModelName: name,
            ExecutionRoleArn,
            PrimaryContainer: { Image, ModelDataUrl: modelArtifact },
            ...(vpc && { VpcConfig: { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups } }),
            ...(networkIsolation && { EnableNetworkIsolation: true }),
            Tags,
          }),
        ),
    },
    {
      kind: 'endpoint configuration',
      resource: `endpoint-config/${name.toLowerCase()}`,
      create: () =>
        clients.sagemaker.send(
          new CreateEndpointConfigCommand({ ...configuration(context, name, serverless ?? type), Tags }),
        ),
    },
    {
      kind: 'endpoint',
      resource: `endpoint/${name.toLowerCase()}`,
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
    // Where that cannot be known, it may be billed.
    const isThere = await findEndpoint(context, name).catch(() => true);
    if (!isThere) purse.settle(purposeOf(name));
    throw error;
  }
  return await openEndpoint(context, name);
}

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
  kind: ResourceKind;
  /** The end of its ARN. */
  resource: string;
  create(): Promise<unknown>;
}

/** When one cannot be created, those before it are deleted; what somebody else has under that name is not touched. */
async function createInOrder(
  context: AwsContext,
  name: string,
  start: string,
  parts: readonly Part[],
): Promise<void> {
  const created: ResourceKind[] = [];
  for (const { kind, resource, create } of parts) {
    context.recordCreation(kind, name);
    try {
      await create();
    } catch (error) {
      // Where that cannot be asked either, what was created before is deleted all the same.
      const isOurs = await wasStartedNow(context, resource, start).catch(() => false);
      if (!isOurs || !isTaken(error)) {
        if (isOurs) created.push(kind);
        else context.recordEnd(kind, name);
        throw await afterFailure(
          isTaken(error) ? taken(name, error) : error,
          () => deleteParts(context, name, created),
          leftRemedy,
        );
      }
    }
    created.push(kind);
  }
}

function configuration(
  { options, bucket }: AwsContext,
  name: string,
  machine: string | Serverless,
): CreateEndpointConfigInput {
  const { dataCapturePercent, kmsKey } = options;
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
    ...(kmsKey && !isServerless && { KmsKeyId: kmsKey }),
    ...(dataCapturePercent !== undefined && {
      DataCaptureConfig: {
        EnableCapture: true,
        InitialSamplingPercentage: dataCapturePercent,
        DestinationS3Uri: `s3://${bucket.Bucket}/${prefix}/captured`,
        CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
      },
    }),
  };
}

/** @param error SageMaker's, where it has said so */
function taken(name: string, error?: unknown): UserError {
  return new UserError(
    `The name "${name}" is taken. Choose another, or leave it out; attachEndpoint("${name}") asks the one that is ` +
      `there.${error ? ` ${wordsOf(error, 'SageMaker')}` : ''}`,
  );
}

/** Throws a {@link UserError} where there is no endpoint of that name, or it does not answer. */
export async function openEndpoint(context: AwsContext, name: string): Promise<Endpoint> {
  checkName(name);
  const region = context.place.region.value;
  const status = (await findEndpoint(context, name))?.EndpointStatus;
  if (status === undefined) {
    throw new UserError(`There is no endpoint "${name}" in ${region}. Deploy the artifact again.`);
  }
  if (status !== 'InService' && status !== 'Updating') {
    throw new UserError(`Endpoint ${name} is ${status} and does not answer. Wait, or deploy another.`);
  }
  return {
    name,
    url: `https://runtime.sagemaker.${region}.amazonaws.com/endpoints/${name}/invocations`,
    ...createAwsPredictor(context, name),
    update: (modelArtifact) => updateEndpoint(context, name, modelArtifact),
    scale: (scale) => scaleEndpoint(context, name, scale),
    delete: () => deleteEndpoint(context, name),
  };
}
