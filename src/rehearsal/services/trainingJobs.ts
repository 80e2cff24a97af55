// Training jobs: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import { rehearseJob, type TrainingJobRequest } from '../runs/trainingJob';
import { takePool, warmPoolOf } from '../runs/warmPool';
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import { invalid, type Operations, ServiceError } from './service';
import type { Tag } from './tags';

interface Named {
  TrainingJobName: string;
}

interface Updated extends Named {
  ResourceConfig?: { KeepAlivePeriodInSeconds: number };
}

/** SageMaker's guide has a lower limit than its model. */
const longestKeepAlive = 3600;

export function trainingJobOperations({ stage, behaviour, trainingJobs }: Account): Operations {
  const { clock, keepsInstances } = behaviour;
  const all = () => trainingJobs.entries().map(({ item }) => item);
  const poolOf = (name: string) =>
    keepsInstances ? warmPoolOf(trainingJobs.get(name), clock.now()) : undefined;
  return {
    'SageMaker.CreateTrainingJob': ({ Tags, ...request }: TrainingJobRequest & { Tags?: Tag[] }) => {
      const name = request.TrainingJobName;
      if (trainingJobs.find(name)) {
        throw new ServiceError('ResourceInUse', `Training job names must be unique: ${name} already exists.`);
      }
      checkKeepAlive(request);
      checkInstances(request);
      const isReusing = keepsInstances && takePool(all(), request, clock.now());
      const job = rehearseJob(stage, request, { ...behaviour, isReusing });
      return { TrainingJobArn: trainingJobs.add(name, job, Tags) };
    },
    'SageMaker.UpdateTrainingJob': ({ TrainingJobName, ResourceConfig }: Updated) => {
      const { request, pool } = trainingJobs.get(TrainingJobName);
      const status = poolOf(TrainingJobName)?.Status;
      if (status === 'Reused' || status === 'Terminated') {
        throw invalid(`The warm pool of ${TrainingJobName} is ${status} and cannot be updated.`);
      }
      request.ResourceConfig = { ...request.ResourceConfig, ...ResourceConfig };
      if (status === 'Available' && ResourceConfig?.KeepAlivePeriodInSeconds === 0) {
        pool.terminatedAt = clock.now();
      }
      return { TrainingJobArn: arnOf('training-job', TrainingJobName) };
    },
    'SageMaker.DescribeTrainingJob': ({ TrainingJobName }: Named) => {
      const { request, state } = trainingJobs.get(TrainingJobName);
      return {
        ...request,
        TrainingJobArn: arnOf('training-job', TrainingJobName),
        ModelArtifacts: {},
        ...state,
        WarmPoolStatus: poolOf(TrainingJobName),
      };
    },
    'SageMaker.ListTrainingJobs': (input: ListInput & { WarmPoolStatusEquals?: string }) => {
      const { WarmPoolStatusEquals: wanted } = input;
      const listed = trainingJobs
        .entries()
        .filter(({ name }) => wanted === undefined || poolOf(name)?.Status === wanted);
      return listPage(
        listed.map(({ name, arn, item: { state } }) => ({
          name,
          status: state.TrainingJobStatus,
          shown: {
            TrainingJobName: name,
            TrainingJobArn: arn,
            CreationTime: state.CreationTime,
            TrainingEndTime: state.TrainingEndTime,
            TrainingJobStatus: state.TrainingJobStatus,
            WarmPoolStatus: poolOf(name),
          },
        })),
        'TrainingJobSummaries',
        input,
      );
    },
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
      if (poolOf(TrainingJobName)?.Status === 'Available') {
        throw new ServiceError('ResourceInUse', `Training job ${TrainingJobName} retains a warm pool.`);
      }
      trainingJobs.delete(TrainingJobName);
      return {};
    },
  };
}

function checkKeepAlive({ ResourceConfig, EnableManagedSpotTraining }: TrainingJobRequest): void {
  const seconds = ResourceConfig?.KeepAlivePeriodInSeconds ?? 0;
  if (seconds > longestKeepAlive) throw invalid(`KeepAlivePeriodInSeconds is above ${longestKeepAlive}.`);
  if (seconds > 0 && EnableManagedSpotTraining) {
    throw invalid('KeepAlivePeriodInSeconds is not supported with managed spot training.');
  }
}

function checkInstances({ ResourceConfig = {}, EnableManagedSpotTraining }: TrainingJobRequest): void {
  const { InstanceType, InstanceCount, InstancePreferences, SelectedInstanceType } = ResourceConfig;
  if (SelectedInstanceType) throw invalid('SelectedInstanceType is read-only.');
  if (!InstancePreferences) return;
  if (InstanceType || EnableManagedSpotTraining) {
    throw invalid('InstancePreferences cannot be used with InstanceType or EnableManagedSpotTraining.');
  }
  const types = new Set(InstancePreferences.map((one) => one.InstanceType));
  if (types.size < InstancePreferences.length) throw invalid('An instance type appears twice.');
  const counts = InstancePreferences.filter((one) => one.InstanceCount !== undefined).length;
  if (counts !== (InstanceCount === undefined ? InstancePreferences.length : 0)) {
    throw invalid('Set InstanceCount for every preference or once for the job.');
  }
}
