// What is left in the account after a rehearsal, according to the service and not to the code that cleans up.

import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { ListBucketsCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListHyperParameterTuningJobs,
  paginateListModels,
  paginateListTrainingJobs,
  paginateListTransformJobs,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { connection } from './runs/connection';

/**
 * Lists everything that is billed by the hour, exists for something that is, or is billed unseen: jobs that run, warm pools, endpoints,
 * their configurations, models, scalable targets, schedules and alarms, unfinished uploads. Data, artifacts and logs are the result and may stay.
 */
export async function listLeft(url: string): Promise<string[]> {
  return [
    ...(await listRunningJobs(new SageMakerClient(connection(url)))),
    ...(await listEndpointParts(new SageMakerClient(connection(url)))),
    ...(await listTargets(new ApplicationAutoScalingClient(connection(url)))),
    ...(await listSchedules(new SchedulerClient(connection(url)))),
    ...(await listAlarms(new CloudWatchClient(connection(url)))),
    ...(await listUnfinishedUploads(new S3Client(connection(url)))),
  ];
}

/**
 * Returns the name under which a sentence mentions a leftover of {@link listLeft}: an upload's key, else that of the endpoint, job,
 * model or configuration. Schedules, alarms and scalable targets go with their endpoint, whose name is in theirs.
 */
export function nameOfLeft(left: string): string {
  const [, key] = /^unfinished upload [^/]+\/(.*)$/.exec(left) ?? [];
  return key ?? left.replace(/^.* (endpoint\/|sagemaker-workshop-)?/, '').replace(/\/.*$/, '');
}

async function listRunningJobs(client: SageMakerClient): Promise<string[]> {
  const left: string[] = [];
  for (const StatusEquals of ['InProgress', 'Stopping'] as const) {
    for await (const page of paginateListTransformJobs({ client }, { StatusEquals })) {
      left.push(
        ...(page.TransformJobSummaries ?? []).map(
          ({ TransformJobName }) => `transform job ${TransformJobName}`,
        ),
      );
    }
    for await (const page of paginateListHyperParameterTuningJobs({ client }, { StatusEquals })) {
      const jobs = page.HyperParameterTuningJobSummaries ?? [];
      left.push(...jobs.map((job) => `tuning job ${job.HyperParameterTuningJobName}`));
    }
    for await (const page of paginateListTrainingJobs({ client }, { StatusEquals })) {
      left.push(
        ...(page.TrainingJobSummaries ?? []).map(({ TrainingJobName }) => `training job ${TrainingJobName}`),
      );
    }
  }
  const kept = paginateListTrainingJobs({ client }, { WarmPoolStatusEquals: 'Available' });
  for await (const { TrainingJobSummaries = [] } of kept) {
    left.push(...TrainingJobSummaries.map(({ TrainingJobName }) => `warm pool ${TrainingJobName}`));
  }
  return left;
}

async function listEndpointParts(client: SageMakerClient): Promise<string[]> {
  const left: string[] = [];
  for await (const { Endpoints = [] } of paginateListEndpoints({ client }, {})) {
    left.push(...Endpoints.map(({ EndpointName }) => `endpoint ${EndpointName}`));
  }
  for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs({ client }, {})) {
    left.push(...EndpointConfigs.map((config) => `endpoint configuration ${config.EndpointConfigName}`));
  }
  for await (const { Models = [] } of paginateListModels({ client }, {})) {
    left.push(...Models.map(({ ModelName }) => `model ${ModelName}`));
  }
  return left;
}

async function listTargets(client: ApplicationAutoScalingClient): Promise<string[]> {
  const command = new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' });
  const { ScalableTargets = [] } = await client.send(command);
  return ScalableTargets.map(({ ResourceId }) => `scalable target ${ResourceId}`);
}

async function listSchedules(client: SchedulerClient): Promise<string[]> {
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({}));
  return Schedules.map(({ Name }) => `schedule ${Name}`);
}

async function listAlarms(client: CloudWatchClient): Promise<string[]> {
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({}));
  return MetricAlarms.map(({ AlarmName }) => `alarm ${AlarmName}`);
}

async function listUnfinishedUploads(s3: S3Client): Promise<string[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const left: string[] = [];
  for (const { Name: Bucket } of Buckets) {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    left.push(...Uploads.map(({ Key }) => `unfinished upload ${Bucket}/${Key}`));
  }
  return left;
}
