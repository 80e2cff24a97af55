// A model artifact → an endpoint on SageMaker: model, configuration and endpoint, created in this order, deleted in the
// reverse one, and none left behind when a step fails.
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigInput,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { isBusy, isGone, isTaken } from './awsAnswers';
import { type AwsContext, prefix } from './awsContext';
import { defaultInstanceTypes } from './awsDefaults';
import { expectRole } from './awsIdentity';
import { followLogs } from './awsLogs';
import { findRemedy } from './awsPains';
import { pause } from './awsPause';
import { createAwsPredictor } from './awsPredictor';
import { startKey, wasStartedNow } from './awsTags';
import { exists } from './awsTrainingJob';
import { UserError } from './errors';
import { whileInterruptible } from './interrupt';
import type { ResourceKind } from './ledger';
import { checkName, uniqueName } from './requests';
import type { DeploymentOptions, Endpoint } from './session';

/** The tag that says until when the endpoint is meant to run, ISO 8601. */
export const expiryKey = 'expires';
const shownLines = 20;

/** @param findImage the image's URI in ECR */
export async function deployEndpoint(
  context: AwsContext,
  modelArtifact: string,
  { name = uniqueName(), instanceType }: DeploymentOptions,
  findImage: () => Promise<string>,
): Promise<Endpoint> {
  checkName(name);
  const ExecutionRoleArn = expectRole(context.place);
  if (!(await exists(context, modelArtifact))) {
    throw new UserError(
      `There is no model artifact at ${modelArtifact}. Deploy the one that a finished job names.`,
    );
  }
  if (await findEndpoint(context, name)) throw taken(name);
  const Image = await findImage();
  const { options, clients, purse } = context;
  const { endpointHours = 1, vpc, networkIsolation } = options;
  const type = options.serverless ? 'serverless' : (instanceType ?? defaultInstanceTypes.endpoint);
  const settle = await purse.reserve({
    what: `The endpoint ${name}`,
    instanceType: type,
    component: 'Hosting',
    minutes: 60 * endpointHours,
  });
  const expires = new Date(Date.now() + endpointHours * 3_600_000).toISOString();
  const start = uniqueName('start');
  const Tags = [...context.tags, { Key: expiryKey, Value: expires }, { Key: startKey, Value: start }];
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
          new CreateEndpointConfigCommand({ ...configuration(context, name, type), Tags }),
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
    await watchStart(context, name);
  } catch (error) {
    if (!(await findEndpoint(context, name))) settle(0);
    throw error;
  }
  return await openEndpoint(context, name);
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
        await deleteParts(context, name, created);
        throw isTaken(error) ? taken(name) : error;
      }
    }
    created.push(kind);
  }
}

function configuration(
  { options, bucket }: AwsContext,
  name: string,
  type: string,
): CreateEndpointConfigInput {
  const { serverless, dataCapturePercent, kmsKey } = options;
  const machine = serverless
    ? {
        ServerlessConfig: {
          MemorySizeInMB: serverless.memoryMegabytes,
          MaxConcurrency: serverless.concurrency,
        },
      }
    : { InstanceType: type as never, InitialInstanceCount: 1, InitialVariantWeight: 1 };
  return {
    EndpointConfigName: name,
    ProductionVariants: [{ VariantName: 'AllTraffic', ModelName: name, ...machine }],
    ...(kmsKey && !serverless && { KmsKeyId: kmsKey }),
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

function taken(name: string): UserError {
  return new UserError(
    `The name "${name}" is taken. Choose another, or leave it out; attachEndpoint("${name}") asks the one that is there.`,
  );
}

async function findEndpoint(
  { clients }: AwsContext,
  name: string,
): Promise<DescribeEndpointCommandOutput | undefined> {
  try {
    return await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function watchStart(context: AwsContext, name: string): Promise<void> {
  const leaving = new AbortController();
  const interrupt = () =>
    leaving.abort(
      new UserError(
        `Interrupted: the cell waits no more. The endpoint ${name} goes on being created, and is billed until it is ` +
          `deleted. Ask it later: await session.attachEndpoint('${name}'). End it: await session.cleanUp().`,
      ),
    );
  await whileInterruptible(interrupt, () => untilInService(context, name, leaving.signal));
}

async function untilInService(context: AwsContext, name: string, signal: AbortSignal): Promise<void> {
  let told = '';
  for (;;) {
    signal.throwIfAborted();
    const { EndpointStatus = 'gone', FailureReason } = (await findEndpoint(context, name)) ?? {};
    if (EndpointStatus !== told) context.tell(`Endpoint ${name}: ${EndpointStatus}`);
    told = EndpointStatus;
    if (EndpointStatus === 'InService') return;
    if (EndpointStatus === 'Failed' || EndpointStatus === 'gone') {
      const lines = await followLogs(context.clients, `/aws/sagemaker/Endpoints/${name}`, '').next();
      await deleteEndpoint(context, name);
      const end = lines.slice(-shownLines).join('\n');
      // What the container says is nearer to the cause than what SageMaker does.
      const remedy = findRemedy(end) ?? findRemedy(FailureReason ?? '');
      throw new UserError(
        `Endpoint ${name} did not become healthy, and was deleted: ${FailureReason ?? EndpointStatus}\n` +
          `${remedy ? `${remedy}\n` : ''}Its log ends:\n${end}`,
      );
    }
    await pause(context.pollSeconds, signal);
  }
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
    delete: () => deleteEndpoint(context, name),
  };
}

/** The endpoint, its configuration and its model, as far as they are there. */
export async function deleteEndpoint(context: AwsContext, name: string): Promise<void> {
  await deleteParts(context, name, ['model', 'endpoint configuration', 'endpoint']);
}

/** In the reverse order, each as far as it is there; resolves when the endpoint has gone. */
export async function deleteParts(
  context: AwsContext,
  name: string,
  kinds: readonly ResourceKind[],
): Promise<void> {
  for (const kind of [...kinds].reverse()) {
    await deletePart(context, kind, name);
    context.recordEnd(kind, name);
  }
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
