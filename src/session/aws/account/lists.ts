// SageMaker's lists of an account's resources, of every user and purpose.
import {
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListHyperParameterTuningJobs,
  paginateListModels,
  paginateListNotebookInstances,
  paginateListTrainingJobs,
  paginateListTransformJobs,
} from '@aws-sdk/client-sagemaker';
import type { AwsClients } from './clients';

/** The part of the session's context that lists need. */
interface Asking {
  clients: Pick<AwsClients, 'sagemaker'>;
}

/** The most entries that SageMaker sends at a time. */
const pageSize = 100;

/** One entry of a list, with the time of its creation. */
export interface Listed {
  name: string;
  arn: string;
  since: Date;
  instanceType?: string | undefined;
}

/** Lists the training jobs that are billed. */
export async function listJobs({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  return await allUnderWay(
    (StatusEquals) => paginateListTrainingJobs({ client, pageSize }, { StatusEquals }),
    ({ TrainingJobSummaries = [] }) =>
      TrainingJobSummaries.map((one) => toListed(one.TrainingJobName, one.TrainingJobArn, one.CreationTime)),
  );
}

/** Lists the training jobs whose instance is kept, with the time since when it is. */
export async function listWarmPools({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  const pages = paginateListTrainingJobs({ client, pageSize }, { WarmPoolStatusEquals: 'Available' });
  return await collect(pages, ({ TrainingJobSummaries = [] }) =>
    TrainingJobSummaries.map((one) => toListed(one.TrainingJobName, one.TrainingJobArn, one.TrainingEndTime)),
  );
}

/** Lists the batch transforms that are billed. */
export async function listTransforms({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  return await allUnderWay(
    (StatusEquals) => paginateListTransformJobs({ client, pageSize }, { StatusEquals }),
    ({ TransformJobSummaries = [] }) =>
      TransformJobSummaries.map((one) =>
        toListed(one.TransformJobName, one.TransformJobArn, one.CreationTime),
      ),
  );
}

/** Lists the tuning jobs that start trials or wait for some to end. */
export async function listTuningJobs({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  return await allUnderWay(
    (StatusEquals) => paginateListHyperParameterTuningJobs({ client, pageSize }, { StatusEquals }),
    ({ HyperParameterTuningJobSummaries = [] }) =>
      HyperParameterTuningJobSummaries.map((one) =>
        toListed(one.HyperParameterTuningJobName, one.HyperParameterTuningJobArn, one.CreationTime),
      ),
  );
}

export async function listEndpoints({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  return await collect(paginateListEndpoints({ client, pageSize }, {}), ({ Endpoints = [] }) =>
    Endpoints.map((one) => toListed(one.EndpointName, one.EndpointArn, one.CreationTime)),
  );
}

export async function listConfigurations({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  return await collect(paginateListEndpointConfigs({ client, pageSize }, {}), ({ EndpointConfigs = [] }) =>
    EndpointConfigs.map((one) => toListed(one.EndpointConfigName, one.EndpointConfigArn, one.CreationTime)),
  );
}

export async function listModels({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  return await collect(paginateListModels({ client, pageSize }, {}), ({ Models = [] }) =>
    Models.map((one) => toListed(one.ModelName, one.ModelArn, one.CreationTime)),
  );
}

/** Lists the notebook instances that run. */
export async function listNotebooks({ clients: { sagemaker: client } }: Asking): Promise<Listed[]> {
  const pages = paginateListNotebookInstances({ client, pageSize }, { StatusEquals: 'InService' });
  return await collect(pages, ({ NotebookInstances = [] }) =>
    NotebookInstances.map((one) => ({
      ...toListed(one.NotebookInstanceName, one.NotebookInstanceArn, one.LastModifiedTime),
      instanceType: one.InstanceType,
    })),
  );
}

function toListed(name = '', arn = '', since = new Date()): Listed {
  return { name, arn, since };
}

/** Lists jobs that run or are being stopped. */
async function allUnderWay<Page>(
  ask: (status: 'InProgress' | 'Stopping') => AsyncIterable<Page>,
  read: (page: Page) => Listed[],
): Promise<Listed[]> {
  const running = await collect(ask('InProgress'), read);
  const stopping = await collect(ask('Stopping'), read);
  // A job stopped between the two requests is in both lists.
  return [...new Map([...running, ...stopping].map((one) => [one.arn, one])).values()];
}

/** Returns the entries of all pages. */
export async function collect<Page, Entry>(
  pages: AsyncIterable<Page>,
  read: (page: Page) => Entry[],
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of pages) entries.push(...read(page));
  return entries;
}

/** Returns the seconds since a time. */
export function ageOf(since: Date): number {
  return Math.max(0, (Date.now() - since.getTime()) / 1000);
}
