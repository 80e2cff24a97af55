// Training jobs: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import { rehearseJob, type TrainingJobRequest } from '../runs/trainingJob';
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import { invalid, type Operations, ServiceError } from './service';
import type { Tag } from './tags';

interface Named {
  TrainingJobName: string;
}

export function trainingJobOperations({ stage, behaviour, trainingJobs }: Account): Operations {
  return {
    'SageMaker.CreateTrainingJob': ({ Tags, ...request }: TrainingJobRequest & { Tags?: Tag[] }) => {
      const name = request.TrainingJobName;
      if (trainingJobs.find(name)) {
        throw new ServiceError('ResourceInUse', `Training job names must be unique: ${name} already exists.`);
      }
      return { TrainingJobArn: trainingJobs.add(name, rehearseJob(stage, request, behaviour), Tags) };
    },
    'SageMaker.DescribeTrainingJob': ({ TrainingJobName }: Named) => {
      const { request, state } = trainingJobs.get(TrainingJobName);
      return {
        ...request,
        TrainingJobArn: arnOf('training-job', TrainingJobName),
        ModelArtifacts: {},
        ...state,
      };
    },
    'SageMaker.ListTrainingJobs': (input: ListInput) =>
      listPage(
        trainingJobs.entries().map(({ name, arn, item: { state } }) => ({
          name,
          status: state.TrainingJobStatus,
          shown: {
            TrainingJobName: name,
            TrainingJobArn: arn,
            CreationTime: state.CreationTime,
            TrainingEndTime: state.TrainingEndTime,
            TrainingJobStatus: state.TrainingJobStatus,
          },
        })),
        'TrainingJobSummaries',
        input,
      ),
    'SageMaker.StopTrainingJob': ({ TrainingJobName }: Named) => {
      const job = trainingJobs.get(TrainingJobName);
      const status = job.state.TrainingJobStatus;
      if (status !== 'InProgress') {
        throw invalid(`The request was rejected because the training job is in status ${status}.`);
      }
      job.stop();
      return {};
    },
    'SageMaker.DeleteTrainingJob': ({ TrainingJobName }: Named) => {
      const { TrainingJobStatus } = trainingJobs.get(TrainingJobName).state;
      if (['InProgress', 'Stopping'].includes(TrainingJobStatus)) {
        throw new ServiceError('ResourceInUse', `Training job ${TrainingJobName} has not ended.`);
      }
      trainingJobs.delete(TrainingJobName);
      return {};
    },
  };
}
