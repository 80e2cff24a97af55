// A training request → CreateTrainingJob: checked, priced, recorded, started once.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { CreateTrainingJobCommand, type CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { isTaken } from './awsAnswers';
import { type AwsContext, prefix } from './awsContext';
import { machinesOf } from './awsDefaults';
import { wordsOf } from './awsErrors';
import { expectRole } from './awsIdentity';
import { startKey, wasStartedNow } from './awsTags';
import { findTrainingJob, openTrainingJob, outputFolder, purposeOf } from './awsTrainingJob';
import { UserError } from './errors';
import { parseHyperparameters } from './hyperparameters';
import { withLock } from './lock';
import { metricDefinitions } from './metrics';
import { checkChannels, checkName, uniqueName } from './requests';
import type { Channel, TrainingJob, TrainingRequest } from './session';

const defaultRuntimeMinutes = 30;

/** @param findImage the image's URI in ECR; asked when all else is known to be right */
export async function startTrainingJob(
  context: AwsContext,
  { name: given, channels, hyperparameters = {}, instanceType, again }: TrainingRequest,
  findImage: () => Promise<string>,
): Promise<TrainingJob> {
  const isNamed = given !== undefined;
  const name = given ?? uniqueName();
  checkName(name);
  parseHyperparameters(hyperparameters);
  checkChannels(channels);
  checkUris(channels);
  const RoleArn = expectRole(context.place);
  const image = await findImage();
  const type = instanceType ?? machinesOf(context.options).training;
  const request = describeRequest({ image, channels, hyperparameters, type });

  // One kernel at a time, so that two that start the same find one job.
  return await withLock(dirname(context.ledger.path), async () => {
    if (isNamed && (await findTrainingJob(context, name))) throw taken(name);
    const same = isNamed || again ? undefined : await findSame(context, request);
    if (same) return same;
    await createTrainingJob(context, { name, request, image, channels, hyperparameters, type, RoleArn });
    return await openTrainingJob(context, name);
  });
}

/** Everything about a job that was looked at and found right. */
interface Start {
  name: string;
  request: string;
  image: string;
  channels: readonly Channel[];
  hyperparameters: Readonly<Record<string, string | number>>;
  type: string;
  RoleArn: string;
}

async function createTrainingJob(
  context: AwsContext,
  { name, request, image, channels, hyperparameters, type, RoleArn }: Start,
): Promise<void> {
  const runtime = context.options.maxRuntimeMinutes ?? defaultRuntimeMinutes;
  await context.purse.reserve({
    what: purposeOf(name),
    instanceType: type,
    component: 'Training',
    minutes: runtime,
  });
  const start = uniqueName('start');
  context.recordCreation('training job', name, request);
  try {
    await context.clients.sagemaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName: name,
        RoleArn,
        AlgorithmSpecification: {
          TrainingImage: image,
          TrainingInputMode: 'File',
          MetricDefinitions: [...metricDefinitions],
        },
        HyperParameters: asStrings(hyperparameters),
        InputDataConfig: channels.map(describeChannel),
        ResourceConfig: {
          InstanceType: type as never,
          InstanceCount: 1,
          VolumeSizeInGB: 30,
          ...(context.options.kmsKey && { VolumeKmsKeyId: context.options.kmsKey }),
        },
        Tags: [...context.tags, { Key: startKey, Value: start }],
        ...placement(context, runtime),
      }),
    );
  } catch (error) {
    // An answer may have been lost. Where that cannot be asked either, the job stays in the ledger.
    const isStarted = await wasStartedNow(context, `training-job/${name.toLowerCase()}`, start).catch(
      () => undefined,
    );
    if (isStarted) return;
    if (isStarted === false) {
      context.recordEnd('training job', name);
      context.purse.settle(purposeOf(name), 0);
    }
    throw isTaken(error) ? taken(name, error) : error;
  }
}

/** Output, time limits, spot, network: what the session's options decide. */
function placement(
  { options, bucket }: AwsContext,
  minutes: number,
): Pick<
  CreateTrainingJobRequest,
  | 'OutputDataConfig'
  | 'StoppingCondition'
  | 'EnableManagedSpotTraining'
  | 'CheckpointConfig'
  | 'VpcConfig'
  | 'EnableNetworkIsolation'
> {
  const { spot = false, maxWaitMinutes = 2 * minutes, kmsKey, vpc, networkIsolation } = options;
  return {
    OutputDataConfig: {
      S3OutputPath: `s3://${bucket.Bucket}/${outputFolder()}`,
      ...(kmsKey && { KmsKeyId: kmsKey }),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: Math.round(minutes * 60),
      ...(spot && { MaxWaitTimeInSeconds: Math.round(Math.max(maxWaitMinutes, minutes) * 60) }),
    },
    ...(spot && {
      EnableManagedSpotTraining: true,
      CheckpointConfig: { S3Uri: `s3://${bucket.Bucket}/${prefix}/checkpoints` },
    }),
    ...(vpc && { VpcConfig: { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups } }),
    ...(networkIsolation && { EnableNetworkIsolation: true }),
  };
}

function describeChannel({ name, uri }: Channel) {
  return {
    ChannelName: name,
    InputMode: 'File' as const,
    DataSource: {
      S3DataSource: {
        S3DataType: 'S3Prefix' as const,
        S3Uri: uri,
        S3DataDistributionType: 'FullyReplicated' as const,
      },
    },
  };
}

function asStrings(hyperparameters: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, String(value)]));
}

function checkUris(channels: readonly Channel[]): void {
  for (const { name, uri } of channels) {
    if (uri.startsWith('s3://')) continue;
    throw new UserError(`Channel "${name}" is not in S3: ${uri}. Upload it with this session.`);
  }
}

/** @param error SageMaker's, where it has said so */
function taken(name: string, error?: unknown): UserError {
  return new UserError(
    `The name "${name}" is taken. Choose another, or leave it out; attachTrainingJob("${name}") goes on with that ` +
      `job.${error ? ` ${wordsOf(error, 'SageMaker')}` : ''}`,
  );
}

/** The same for the same image, data, hyperparameters and machine. */
function describeRequest(parts: object): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** The latest job that was asked for in the same words and runs or has completed. */
async function findSame(context: AwsContext, request: string): Promise<TrainingJob | undefined> {
  const { account, region } = context.place;
  const entries = context.ledger
    .read()
    .filter(
      (entry) => entry.action === 'create' && entry.kind === 'training job' && entry.request === request,
    )
    .filter((entry) => entry.account === account && entry.region === region.value);
  for (const { name } of entries.reverse()) {
    const status = (await findTrainingJob(context, name))?.TrainingJobStatus;
    if (status !== 'InProgress' && status !== 'Completed') continue;
    context.tell(
      `${name} was asked for in the same words and ${status === 'Completed' ? 'has completed' : 'is running'}: no ` +
        'second job was started. To start one all the same: train({ …, again: true }).',
    );
    return await openTrainingJob(context, name);
  }
  return undefined;
}
