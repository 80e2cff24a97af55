// The lists that SageMaker keeps of an account's resources, page by page, and which of them are this workshop's.
import {
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListHyperParameterTuningJobsCommand,
  ListModelsCommand,
  ListNotebookInstancesCommand,
  ListTrainingJobsCommand,
  ListTransformJobsCommand,
} from '@aws-sdk/client-sagemaker';
import type { AwsContext } from './context';
import type { ResourceKind } from './ledger';
import { isOurs } from './tags';

/** One entry of a list that SageMaker gives, and when it began. */
export interface Listed {
  name: string;
  arn: string;
  since: Date;
  instanceType?: string | undefined;
}

export async function ours(context: AwsContext, kind: string, listed: readonly Listed[]): Promise<Listed[]> {
  const kept: Listed[] = [];
  for (const one of listed) if (await isOurs(context, { kind, ...one })) kept.push(one);
  return kept.sort((one, other) => one.name.localeCompare(other.name));
}

/** Those that are billed. */
export async function listJobs({ clients }: AwsContext): Promise<Listed[]> {
  return await allUnderWay(async (asked) => {
    const page = await clients.sagemaker.send(new ListTrainingJobsCommand(asked));
    return [
      page.NextToken,
      page.TrainingJobSummaries?.map((one) =>
        toListed(one.TrainingJobName, one.TrainingJobArn, one.CreationTime),
      ),
    ];
  });
}

/** Those that are billed. */
export async function listTransforms({ clients }: AwsContext): Promise<Listed[]> {
  return await allUnderWay(async (asked) => {
    const page = await clients.sagemaker.send(new ListTransformJobsCommand(asked));
    return [
      page.NextToken,
      page.TransformJobSummaries?.map((one) =>
        toListed(one.TransformJobName, one.TransformJobArn, one.CreationTime),
      ),
    ];
  });
}

/** Those that start trials, or wait for the end of some. */
export async function listTuningJobs({ clients }: AwsContext): Promise<Listed[]> {
  return await allUnderWay(async (asked) => {
    const page = await clients.sagemaker.send(new ListHyperParameterTuningJobsCommand(asked));
    return [
      page.NextToken,
      page.HyperParameterTuningJobSummaries?.map((one) =>
        toListed(one.HyperParameterTuningJobName, one.HyperParameterTuningJobArn, one.CreationTime),
      ),
    ];
  });
}

/** What was started from this project's folder, by the ledger, the latest first. */
export function namesStarted({ place, ledger }: AwsContext, kind: ResourceKind): string[] {
  const started = ledger
    .read()
    .filter((entry) => entry.action === 'create' && entry.kind === kind)
    .filter(({ account, region }) => account === place.account && region === place.region.value);
  return [...new Set(started.reverse().map(({ name }) => name))];
}

export async function listEndpoints({ clients }: AwsContext): Promise<Listed[]> {
  return await all(async (NextToken) => {
    const page = await clients.sagemaker.send(new ListEndpointsCommand({ NextToken }));
    return [
      page.NextToken,
      page.Endpoints?.map((one) => toListed(one.EndpointName, one.EndpointArn, one.CreationTime)),
    ];
  });
}

export async function listConfigurations({ clients }: AwsContext): Promise<Listed[]> {
  return await all(async (NextToken) => {
    const page = await clients.sagemaker.send(new ListEndpointConfigsCommand({ NextToken }));
    return [
      page.NextToken,
      page.EndpointConfigs?.map((one) =>
        toListed(one.EndpointConfigName, one.EndpointConfigArn, one.CreationTime),
      ),
    ];
  });
}

export async function listModels({ clients }: AwsContext): Promise<Listed[]> {
  return await all(async (NextToken) => {
    const page = await clients.sagemaker.send(new ListModelsCommand({ NextToken }));
    return [
      page.NextToken,
      page.Models?.map((one) => toListed(one.ModelName, one.ModelArn, one.CreationTime)),
    ];
  });
}

/** Those that run. */
export async function listNotebooks({ clients }: AwsContext): Promise<Listed[]> {
  return await all(async (NextToken) => {
    const page = await clients.sagemaker.send(
      new ListNotebookInstancesCommand({ NextToken, StatusEquals: 'InService' }),
    );
    return [
      page.NextToken,
      page.NotebookInstances?.map((one) => ({
        ...toListed(one.NotebookInstanceName, one.NotebookInstanceArn, one.LastModifiedTime),
        instanceType: one.InstanceType,
      })),
    ];
  });
}

function toListed(name = '', arn = '', since = new Date()): Listed {
  return { name, arn, since };
}

/** A page of a list: what the next one is asked with, and the entries. */
type Page = [nextToken: string | undefined, listed: Listed[] | undefined];

/** Jobs that run or are being stopped. */
async function allUnderWay(
  ask: (asked: { NextToken: string | undefined; StatusEquals: 'InProgress' | 'Stopping' }) => Promise<Page>,
): Promise<Listed[]> {
  const running = await all((NextToken) => ask({ NextToken, StatusEquals: 'InProgress' }));
  const stopping = await all((NextToken) => ask({ NextToken, StatusEquals: 'Stopping' }));
  // One that was stopped between the two questions stands in both lists.
  return [...new Map([...running, ...stopping].map((one) => [one.arn, one])).values()];
}

/** All pages of a list. */
async function all(ask: (nextToken: string | undefined) => Promise<Page>): Promise<Listed[]> {
  const listed: Listed[] = [];
  let next: string | undefined;
  do {
    const [token, page = []] = await ask(next);
    listed.push(...page);
    next = token;
  } while (next);
  return listed;
}

/** In seconds. */
export function ageOf(since: Date): number {
  return Math.max(0, (Date.now() - since.getTime()) / 1000);
}
