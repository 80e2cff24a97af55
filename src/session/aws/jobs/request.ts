// The part of a request that training jobs and a tuning job's trials share: image, data, instance, output, limits and
// network.
import { createHash } from 'node:crypto';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { metricDefinitions } from '../../../model/training/metrics';
import { imageVariable } from '../../../platform/baseDirectory';
import { UserError } from '../../../platform/errors';
import type { Channel } from '../../contract/session';
import { type AwsContext, networkOf } from '../account/context';
import { outputKey, volumeKey } from '../account/keys';
import { outputFolder } from './trainingState';

/** Settings of a job that do not come from the session's options. */
export interface JobParts {
  image: string;
  channels: readonly Channel[];
  /** One, or several in order of preference. */
  instances: readonly string[];
  /** ARN of the execution role. */
  RoleArn: string;
  /** Minutes after which SageMaker stops it. */
  minutes: number;
  spot: boolean;
  /** Seconds for which the instance is kept afterwards. */
  keepAlive?: number | undefined;
  /** Attempts after an error of SageMaker's own. */
  retries?: number | undefined;
}

type Shared =
  | 'RoleArn'
  | 'InputDataConfig'
  | 'OutputDataConfig'
  | 'ResourceConfig'
  | 'StoppingCondition'
  | 'RetryStrategy'
  | 'EnableManagedSpotTraining'
  | 'CheckpointConfig'
  | 'VpcConfig'
  | 'EnableNetworkIsolation'
  | 'EnableInterContainerTrafficEncryption';

export function describeJob(context: AwsContext, { image, channels, instances, ...rest }: JobParts) {
  const volumes = volumeKeyOf(context, instances);
  const [first = ''] = instances;
  const [digest] = /sha256:[0-9a-f]{64}$/.exec(image) ?? [];
  return {
    RoleArn: rest.RoleArn,
    AlgorithmSpecification: {
      TrainingImage: image,
      TrainingInputMode: 'File' as const,
      MetricDefinitions: [...metricDefinitions],
    },
    ...(digest && { Environment: { [imageVariable]: digest } }),
    InputDataConfig: channels.map(describeChannel),
    ResourceConfig: {
      ...(instances.length > 1
        ? { InstancePreferences: instances.map((InstanceType) => ({ InstanceType: InstanceType as never })) }
        : { InstanceType: first as never }),
      InstanceCount: 1,
      VolumeSizeInGB: 30,
      ...(rest.keepAlive && { KeepAlivePeriodInSeconds: rest.keepAlive }),
      ...(volumes && { VolumeKmsKeyId: volumes }),
    },
    ...(rest.retries && { RetryStrategy: { MaximumRetryAttempts: rest.retries } }),
    ...placement(context, rest, channels),
  } satisfies Pick<CreateTrainingJobRequest, Shared | 'AlgorithmSpecification' | 'Environment'>;
}

/**
 * Returns the key for the volumes. Throws a {@link UserError} if only some of the instance types take it: SageMaker rejects
 * it for disks of an instance's own, which encrypt themselves.
 */
function volumeKeyOf({ options }: AwsContext, instances: readonly string[]): string | undefined {
  const without = instances.filter((type) => volumeKey(options, type) === undefined);
  if (without.length === 0 || without.length === instances.length || !options.kmsKey) {
    return volumeKey(options, instances[0] ?? '');
  }
  throw new UserError(
    `kmsKey does not apply to ${without.join(', ')}, whose own disks encrypt themselves, and SageMaker takes one key for all ` +
      'instance types. List only types with such disks, or only types without.',
  );
}

/** Returns the settings for output, time limits, spot instances and network. */
function placement(
  context: AwsContext,
  { minutes, spot }: Pick<JobParts, 'minutes' | 'spot'>,
  channels: readonly Channel[],
) {
  const { options, bucket } = context;
  const { maxWaitMinutes = 2 * minutes, interContainerEncryption } = options;
  const output = outputKey(options);
  return {
    OutputDataConfig: {
      S3OutputPath: `s3://${bucket.Bucket}/${outputFolder(context)}`,
      ...(output && { KmsKeyId: output }),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: Math.max(1, Math.round(minutes * 60)),
      ...(spot && { MaxWaitTimeInSeconds: Math.round(Math.max(maxWaitMinutes, minutes) * 60) }),
    },
    ...(spot && {
      EnableManagedSpotTraining: true,
      CheckpointConfig: { S3Uri: `s3://${bucket.Bucket}/${checkpointFolder(context, channels)}` },
    }),
    ...networkOf(options),
    ...(interContainerEncryption && { EnableInterContainerTrafficEncryption: true }),
  };
}

/** Records and returns the folder for the checkpoints of jobs on the same data. */
function checkpointFolder(context: AwsContext, channels: readonly Channel[]): string {
  const data = createHash('sha256').update(JSON.stringify(channels)).digest('hex').slice(0, 16);
  const folder = `${context.prefix}/checkpoints/${data}`;
  context.recordCreation('upload', `${folder}/`);
  return folder;
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

/** Converts hyperparameters to strings, the only type that SageMaker passes on. */
export function asStrings(
  hyperparameters: Readonly<Record<string, string | number>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, String(value)]));
}

/** Throws a {@link UserError} if a channel is not in S3. */
export function checkUris(channels: readonly Channel[]): void {
  for (const { name, uri } of channels) {
    if (uri.startsWith('s3://')) continue;
    throw new UserError(`Channel "${name}" is not in S3: ${uri}. Upload it with this session.`);
  }
}
