// Hyperparameter tuning jobs: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import { rehearseTuning, type TuningJobRequest } from '../runs/tuningJob';
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import { invalid, type Operations, ServiceError } from './service';
import type { Tag } from './tags';

interface Named {
  HyperParameterTuningJobName: string;
}

export function tuningJobOperations({ stage, behaviour, trainingJobs, tuningJobs }: Account): Operations {
  return {
    'SageMaker.CreateHyperParameterTuningJob': ({
      Tags,
      ...request
    }: TuningJobRequest & { Tags?: Tag[] }) => {
      const name = request.HyperParameterTuningJobName;
      if (tuningJobs.find(name)) {
        throw new ServiceError(
          'ResourceInUse',
          `Hyper parameter tuning job names must be unique: ${name} already exists.`,
        );
      }
      const job = rehearseTuning(stage, request, {
        ...behaviour,
        onTrial: (trial) => void trainingJobs.add(trial.request.TrainingJobName, trial, Tags),
      });
      return { HyperParameterTuningJobArn: tuningJobs.add(name, job, Tags) };
    },
    'SageMaker.DescribeHyperParameterTuningJob': ({ HyperParameterTuningJobName: name }: Named) => {
      const job = tuningJobs.get(name);
      return {
        ...job.request,
        HyperParameterTuningJobArn: arnOf('hyper-parameter-tuning-job', name),
        ...job.describe(),
      };
    },
    'SageMaker.ListTrainingJobsForHyperParameterTuningJob': ({
      HyperParameterTuningJobName,
      ...input
    }: Named & ListInput) =>
      listPage(
        tuningJobs
          .get(HyperParameterTuningJobName)
          .listTrials()
          .map((trial) => ({
            name: trial.TrainingJobName,
            status: trial.TrainingJobStatus,
            shown: trial,
          })),
        'TrainingJobSummaries',
        input,
      ),
    'SageMaker.ListHyperParameterTuningJobs': (input: ListInput) =>
      listPage(
        tuningJobs.entries().map(({ name, arn, item }) => {
          const shown = item.describe();
          return {
            name,
            status: shown.HyperParameterTuningJobStatus,
            shown: { ...shown, HyperParameterTuningJobName: name, HyperParameterTuningJobArn: arn },
          };
        }),
        'HyperParameterTuningJobSummaries',
        input,
      ),
    'SageMaker.StopHyperParameterTuningJob': ({ HyperParameterTuningJobName }: Named) => {
      const job = tuningJobs.get(HyperParameterTuningJobName);
      const status = job.describe().HyperParameterTuningJobStatus;
      if (status !== 'InProgress') {
        throw invalid(`The tuning job cannot be stopped: it is in status ${status}.`);
      }
      job.stop();
      return {};
    },
    'SageMaker.DeleteHyperParameterTuningJob': ({ HyperParameterTuningJobName }: Named) => {
      const status = tuningJobs.get(HyperParameterTuningJobName).describe().HyperParameterTuningJobStatus;
      if (['InProgress', 'Stopping'].includes(status)) {
        throw new ServiceError('ResourceInUse', `Tuning job ${HyperParameterTuningJobName} has not ended.`);
      }
      tuningJobs.delete(HyperParameterTuningJobName);
      return {};
    },
  };
}
