// Deploys a model artifact to an endpoint on SageMaker: creates model, configuration and endpoint in this order, and
// deletes them in reverse if a step fails.
import { CreateEndpointCommand, CreateEndpointConfigCommand, type Tag } from '@aws-sdk/client-sagemaker';
import type { Platform } from '../../../image/engine/platform';
import { afterFailure, bothErrors, UserError } from '../../../platform/errors';
import { checkWatch } from '../../contract/guard';
import { endpointMachine, platformOf } from '../../contract/instanceTypes';
import { checkName, uniqueName } from '../../contract/names';
import type { RegisteredModel } from '../../contract/registeredModel';
import type { DeploymentOptions, Endpoint } from '../../contract/session';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { takenName } from '../account/errors';
import { domainOf, expectRole } from '../account/identity';
import { outputKey, volumeKey } from '../account/keys';
import type { AwsSessionOptions } from '../account/options';
import { patience, rideOut } from '../account/poll';
import { isTaken } from '../account/serviceErrors';
import { startOnce } from '../account/startOnce';
import { expiryKey, startKey, wasStartedAfterAll } from '../account/tags';
import { expectApproved } from '../models/registeredModels';
import { expectPlatform } from '../registry/image';
import { lineageTags } from '../storage/artifact';
import { expectArtifact } from '../storage/objects';
import { describeAlarms, putAlarms } from './alarms';
import { extendEndpoint } from './extend';
import { limitLog } from './logRetention';
import { createModel, deleteEndpoint, deleteParts, findEndpoint, leftRemedy, type PartKind } from './parts';
import { createAwsPredictor } from './predictor';
import { variantName } from './scalableTarget';
import { scaleEndpoint } from './scale';
import { hostingCost, type Serverless, serverlessOf } from './serverless';
import { armSwitchOff, checkHours, describeEnd, describeEnded, findPlannedEnd } from './switchOff';
import { updateEndpoint } from './update';
import { describeFailure, watchEndpoint } from './watch';

/**
 * Deploys a model artifact or an approved version to a new endpoint, or finds an identical one. Throws a {@link UserError}
 * before anything is billed if the endpoint has no end.
 * @param findImage returns the URI in ECR of the image for a platform; called after other checks
 */
export async function deployEndpoint(
  context: AwsContext,
  model: string | RegisteredModel,
  deployment: DeploymentOptions,
  findImage: (platform: Platform) => Promise<string>,
): Promise<Endpoint> {
  const { name: given, instanceType, serverless: chosen, again } = deployment;
  const name = given ?? uniqueName();
  checkName(name);
  const serverless = serverlessOf(chosen, context.options);
  const { hours, isScheduled } = endOf(context.options, deployment, serverless);
  const watch = watchOf(context, deployment);
  expectRole(context.place);
  const version = typeof model === 'string' ? undefined : await expectApproved(context, model);
  const modelArtifact = version?.modelArtifact ?? String(model);
  await expectArtifact(context, modelArtifact);
  const type = instanceType ?? endpointMachine(context.options);
  const platform = serverless ? 'linux/amd64' : platformOf(type);
  const image = version?.image ?? (await findImage(platform));
  if (version && platform === 'linux/arm64') await expectPlatform(context, image, platform);
  const { dataCapturePercent, kmsKey, vpc, networkIsolation } = context.options;
  const machine = serverless ?? type;
  const ends = new Date(Date.now() + hours * 3_600_000);
  const arm = async () => await armSwitchOff(context, name, { ends, modelArtifact });
  const lineage = await lineageTags(context, modelArtifact);
  const started = await startOnce(context, {
    kind: 'endpoint',
    name,
    isNamed: given !== undefined,
    again,
    request: { image, modelArtifact, machine, dataCapturePercent, kmsKey, vpc, networkIsolation },
    cost: { minutes: 60 * hours, ...hostingCost(type, serverless) },
    statusOf: (endpoint) => statusAsDeployed(context, endpoint),
    create: async (tags) => {
      await deleteEnded(context, name);
      const Tags = [...lineage, { Key: expiryKey, Value: ends.toISOString() }, ...tags];
      await createInOrder(context, name, tags, [
        ...(isScheduled ? [{ kind: 'schedule' as const, create: arm }] : []),
        ...watch.parts(name),
        {
          kind: 'model',
          create: () => createModel(context, { name, image, modelArtifact, version: version?.arn }, Tags),
        },
        {
          kind: 'endpoint configuration',
          create: () => createConfiguration(context, name, machine, Tags),
        },
        {
          kind: 'endpoint',
          create: () => createEndpoint(context, name, Tags),
        },
      ]);
    },
  });
  try {
    const state = await watchEndpoint(context, started);
    if (state.EndpointStatus !== 'InService') {
      throw await deleteUnhealthy(context, started, await describeFailure(context, started, state));
    }
  } catch (error) {
    // If SageMaker cannot be asked, the endpoint may exist and be billed.
    const exists = await findEndpoint(context, started).catch(() => true);
    if (!exists) context.budget.settle(purposeOf('endpoint', started));
    throw error;
  }
  // One that is found may have been deployed without an end.
  if (isScheduled && started !== name && !findPlannedEnd(context, started)) {
    context.tell(await extendEndpoint(context, started, hours));
  }
  if (!isScheduled && !serverless) {
    context.tell(
      `Endpoint ${started} has no end: it is billed until you delete it. To give it one: extend(1).`,
    );
  }
  await watch.complete(started, started === name);
  // Another kernel's clean-up may have deleted a schedule without an endpoint.
  if (isScheduled && started === name) await arm().catch((error: Error) => context.tell(error.message));
  return await openEndpoint(context, started);
}

/** Returns what sets up alarms and the log of an endpoint. Throws a {@link UserError} for a value that AWS does not accept. */
function watchOf(context: AwsContext, deployment: DeploymentOptions) {
  const { alarms, logDays } = deployment;
  const limits = { ...checkWatch(deployment), ...(alarms?.notify && { notify: alarms.notify }) };
  const put = async (endpoint: string) => await putAlarms(context, { endpoint }, limits);
  const create = async (name: string) => {
    context.tell(describeAlarms(name, limits));
    return await put(name);
  };
  return {
    parts: (name: string): Part[] => (alarms ? [{ kind: 'alarm', create: () => create(name) }] : []),
    /** @param isNew whether the endpoint was created now, and not found */
    async complete(name: string, isNew: boolean): Promise<void> {
      // Another kernel's clean-up may have deleted alarms without an endpoint.
      const putAgain = isNew ? put : create;
      if (alarms) await putAgain(name).catch((error: Error) => context.tell(error.message));
      if (logDays !== undefined) await limitLog(context, name, logDays);
    },
  };
}

/** Returns how long an endpoint is planned to run, and whether it is deleted then. Serverless ones cost nothing while idle. */
function endOf(
  options: AwsSessionOptions,
  { hours, switchOff }: DeploymentOptions,
  serverless: Serverless | undefined,
) {
  const choice = switchOff ?? options.switchOff ?? (process.env.SWITCH_OFF || 'schedule');
  if (choice !== 'schedule' && choice !== 'none') {
    throw new UserError(`switchOff (or SWITCH_OFF) is "${choice}". It must be schedule or none.`);
  }
  const isScheduled = choice !== 'none' && (!serverless || hours !== undefined);
  const planned = hours ?? options.endpointHours ?? 1;
  if (isScheduled || hours !== undefined) checkHours(planned);
  return { hours: planned, isScheduled };
}

/** Returns the error for an endpoint without an end. It has no cause, which could make it look like a start of an unknown outcome. */
function refusal(error: unknown): UserError {
  return new UserError(
    `${(error as Error).message} Nothing was started. To deploy it without an end, and delete it yourself: ` +
      "deploy(…, { switchOff: 'none' }), or SWITCH_OFF=none. A serverless endpoint needs no end.",
  );
}

/** Deletes what an endpoint of this name has left that ended as planned. */
async function deleteEnded(context: AwsContext, name: string): Promise<void> {
  if (!describeEnded(context, name)) return;
  await deleteParts(context, name, ['model', 'endpoint configuration', 'schedule', 'alarm']);
}

/** Resolves to `updated` for an endpoint that has changed to another artifact, and to undefined if it does not exist. */
async function statusAsDeployed(context: AwsContext, name: string): Promise<string | undefined> {
  const found = await findEndpoint(context, name);
  // An update changes to a configuration of another name.
  return found && found.EndpointConfigName !== name ? 'updated' : found?.EndpointStatus;
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
  tags: readonly Tag[],
  parts: readonly Part[],
): Promise<void> {
  const start = tags.find(({ Key }) => Key === startKey)?.Value ?? '';
  const created: PartKind[] = [];
  for (const { kind, create } of parts) {
    // Whoever makes these records them, with more.
    const isRecorded = kind === 'endpoint' || kind === 'schedule' || kind === 'alarm';
    if (!isRecorded) context.recordCreation(kind, name);
    try {
      await rideOut(context, create, { seconds: patience.start });
    } catch (error) {
      if (kind === 'schedule') throw refusal(error);
      // Alarms have no tags, and one of two may exist.
      if (kind === 'alarm') created.push(kind);
      const isOurs = kind !== 'alarm' && (await wasStartedAfterAll(context, { kind, name, start }, error));
      if (isOurs === undefined) throw error;
      if (!isOurs) {
        if (!isRecorded) context.recordEnd(kind, name);
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

async function createEndpoint({ clients }: AwsContext, name: string, Tags: Tag[]): Promise<void> {
  await clients.sagemaker.send(
    new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name, Tags }),
  );
}

async function createConfiguration(
  { clients, options, bucket, prefix }: AwsContext,
  name: string,
  machine: string | Serverless,
  Tags: Tag[],
): Promise<void> {
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
  const command = new CreateEndpointConfigCommand({
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
    Tags,
  });
  await clients.sagemaker.send(command);
}

/** Opens an existing endpoint. Throws a {@link UserError} if it does not exist or it is not in service. */
export async function openEndpoint(context: AwsContext, name: string): Promise<Endpoint> {
  checkName(name);
  const region = context.place.region.value;
  const status = (await findEndpoint(context, name))?.EndpointStatus;
  if (status === undefined) {
    throw new UserError(
      describeEnded(context, name) ??
        `There is no endpoint "${name}" in ${region}. Deploy the artifact again.`,
    );
  }
  if (!/^(InService|(System)?Updating|RollingBack)$/.test(status)) {
    throw new UserError(`Endpoint ${name} is ${status} and cannot predict. Wait, or deploy another.`);
  }
  const planned = findPlannedEnd(context, name);
  if (planned) context.tell(describeEnd(name, planned.ends));
  return {
    name,
    url: `https://runtime.sagemaker.${region}.${domainOf(region)}/endpoints/${name}/invocations`,
    ...createAwsPredictor(context, name),
    update: (modelArtifact, guard) => updateEndpoint(context, name, { modelArtifact, guard }),
    scale: (scale) => scaleEndpoint(context, name, scale),
    extend: (hours) => extendEndpoint(context, name, hours),
    delete: () => deleteEndpoint(context, name),
  };
}
