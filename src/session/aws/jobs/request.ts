// What a training job and a tuning job's trials are asked for in the same words: program, data, machine, output, limits,
// network, as the session's options decide.
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { metricDefinitions } from '../../../model/training/metrics';
import { imageVariable } from '../../../platform/baseDirectory';
import { UserError } from '../../../platform/errors';
import type { Channel } from '../../contract/session';
import { type AwsContext, prefix } from '../account/context';
import { outputFolder } from './trainingState';

/** What runs, over which data, on which machine. */
export interface JobParts {
  image: string;
  channels: readonly Channel[];
  instanceType: string;
  /** Of the execution role. */
  RoleArn: string;
  /** After which SageMaker ends it. */
  minutes: number;
  spot: boolean;
}

type Shared =
  | 'RoleArn'
  | 'InputDataConfig'
  | 'OutputDataConfig'
  | 'ResourceConfig'
  | 'StoppingCondition'
  | 'EnableManagedSpotTraining'
  | 'CheckpointConfig'
  | 'VpcConfig'
  | 'EnableNetworkIsolation';

export function describeJob(context: AwsContext, { image, channels, instanceType, ...rest }: JobParts) {
  const { kmsKey } = context.options;
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
      InstanceType: instanceType as never,
      InstanceCount: 1,
      VolumeSizeInGB: 30,
      ...(kmsKey && { VolumeKmsKeyId: kmsKey }),
    },
    ...placement(context, rest),
  } satisfies Pick<CreateTrainingJobRequest, Shared | 'AlgorithmSpecification' | 'Environment'>;
}

/** Output, time limits, spot, network. */
function placement({ options, bucket }: AwsContext, { minutes, spot }: Pick<JobParts, 'minutes' | 'spot'>) {
  const { maxWaitMinutes = 2 * minutes, kmsKey, vpc, networkIsolation } = options;
  return {
    OutputDataConfig: {
      S3OutputPath: `s3://${bucket.Bucket}/${outputFolder()}`,
      ...(kmsKey && { KmsKeyId: kmsKey }),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: Math.max(1, Math.round(minutes * 60)),
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

/** SageMaker passes strings only. */
export function asStrings(
  hyperparameters: Readonly<Record<string, string | number>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, String(value)]));
}

/** Throws a {@link UserError} for a channel that is not in S3. */
export function checkUris(channels: readonly Channel[]): void {
  for (const { name, uri } of channels) {
    if (uri.startsWith('s3://')) continue;
    throw new UserError(`Channel "${name}" is not in S3: ${uri}. Upload it with this session.`);
  }
}
