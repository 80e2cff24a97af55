// Transform jobs: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import { rehearseTransform, type TransformJobRequest } from '../runs/transformJob';
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import { artifactOf } from './modelPackages';
import { invalid, type Operations, ServiceError } from './service';
import type { Tag } from './tags';

interface Named {
  TransformJobName: string;
}

export function transformJobOperations(account: Account): Operations {
  const { stage, behaviour, transformJobs } = account;
  return {
    'SageMaker.CreateTransformJob': ({ Tags, ...request }: TransformJobRequest & { Tags?: Tag[] }) => {
      const name = request.TransformJobName;
      if (transformJobs.find(name)) {
        throw new ServiceError(
          'ResourceInUse',
          `Transform job names must be unique: ${name} already exists.`,
        );
      }
      const modelDataUrl = artifactOf(account, request.ModelName);
      const job = rehearseTransform(stage, { request, modelDataUrl }, behaviour);
      return { TransformJobArn: transformJobs.add(name, job, Tags) };
    },
    'SageMaker.DescribeTransformJob': ({ TransformJobName }: Named) => {
      const { request, state } = transformJobs.get(TransformJobName);
      return { ...request, TransformJobArn: arnOf('transform-job', TransformJobName), ...state };
    },
    'SageMaker.ListTransformJobs': (input: ListInput) =>
      listPage(
        transformJobs.entries().map(({ name, arn, item: { state } }) => ({
          name,
          status: state.TransformJobStatus,
          shown: {
            TransformJobName: name,
            TransformJobArn: arn,
            CreationTime: state.CreationTime,
            TransformEndTime: state.TransformEndTime,
            TransformJobStatus: state.TransformJobStatus,
            FailureReason: state.FailureReason,
          },
        })),
        'TransformJobSummaries',
        input,
      ),
    'SageMaker.StopTransformJob': ({ TransformJobName }: Named) => {
      const job = transformJobs.get(TransformJobName);
      const status = job.state.TransformJobStatus;
      if (status !== 'InProgress') {
        throw invalid(`The request was rejected because the transform job is in status ${status}.`);
      }
      job.stop();
      return {};
    },
  };
}
