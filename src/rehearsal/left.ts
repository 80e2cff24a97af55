// What a rehearsal has left in its account, asked of the service itself and not of the code that cleans up.
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { ListBucketsCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListHyperParameterTuningJobsCommand,
  ListModelsCommand,
  ListTrainingJobsCommand,
  ListTransformJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { connection } from './connection';

/**
 * Everything that is billed by the hour, serves to be, or is billed unseen: jobs that run, endpoints, their
 * configurations, models and scalable targets, unfinished uploads. Data and artifacts in the bucket, and logs, stay: they are the result.
 */
export async function listLeft(url: string): Promise<string[]> {
  const sagemaker = new SageMakerClient(connection(url));
  const { Endpoints = [] } = await sagemaker.send(new ListEndpointsCommand({}));
  const { EndpointConfigs = [] } = await sagemaker.send(new ListEndpointConfigsCommand({}));
  const { Models = [] } = await sagemaker.send(new ListModelsCommand({}));
  const { TrainingJobSummaries = [] } = await sagemaker.send(new ListTrainingJobsCommand({}));
  const tuning = new ListHyperParameterTuningJobsCommand({});
  const { HyperParameterTuningJobSummaries = [] } = await sagemaker.send(tuning);
  const searching = HyperParameterTuningJobSummaries.filter(({ HyperParameterTuningJobStatus = '' }) =>
    ['InProgress', 'Stopping'].includes(HyperParameterTuningJobStatus),
  );
  const scaling = new ApplicationAutoScalingClient(connection(url));
  const { ScalableTargets = [] } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }),
  );
  const running = TrainingJobSummaries.filter(({ TrainingJobStatus = '' }) =>
    ['InProgress', 'Stopping'].includes(TrainingJobStatus),
  );
  const transforms = await Promise.all(
    (['InProgress', 'Stopping'] as const).map(async (StatusEquals) => {
      const page = await sagemaker.send(new ListTransformJobsCommand({ StatusEquals }));
      return page.TransformJobSummaries ?? [];
    }),
  );
  return [
    ...transforms.flat().map(({ TransformJobName }) => `transform job ${TransformJobName}`),
    ...searching.map(({ HyperParameterTuningJobName }) => `tuning job ${HyperParameterTuningJobName}`),
    ...running.map(({ TrainingJobName }) => `training job ${TrainingJobName}`),
    ...Endpoints.map(({ EndpointName }) => `endpoint ${EndpointName}`),
    ...EndpointConfigs.map(({ EndpointConfigName }) => `endpoint configuration ${EndpointConfigName}`),
    ...ScalableTargets.map(({ ResourceId }) => `scalable target ${ResourceId}`),
    ...Models.map(({ ModelName }) => `model ${ModelName}`),
    ...(await listUnfinishedUploads(new S3Client(connection(url)))),
  ];
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
