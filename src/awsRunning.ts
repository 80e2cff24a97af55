// What of this workshop still runs on AWS and what it costs, from tags and from the ledger; and how it is ended.
import {
  DescribeEndpointConfigCommand,
  DescribeTrainingJobCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  ListNotebookInstancesCommand,
  ListTrainingJobsCommand,
} from '@aws-sdk/client-sagemaker';
import { isGone } from './awsAnswers';
import type { AwsContext } from './awsContext';
import type { Component, Price } from './awsCost';
import { deleteEndpoint, deleteParts } from './awsEndpoint';
import { isOurs } from './awsTags';
import { stopAndWait } from './awsTrainingJob';
import type { CleanUpOptions, RunningResource } from './session';

/** One entry of a list that SageMaker gives, and when it began. */
interface Listed {
  name: string;
  arn: string;
  since: Date;
}

export async function listRunning(context: AwsContext): Promise<RunningResource[]> {
  const [jobs, endpoints, notebooks] = [
    await ours(context, 'training job', await listJobs(context)),
    await ours(context, 'endpoint', await listEndpoints(context)),
    await ours(context, 'notebook instance', await listNotebooks(context)),
  ];
  return [
    ...(await priced(context, 'training job', jobs)),
    ...(await priced(context, 'endpoint', endpoints)),
    ...(await priced(context, 'notebook instance', notebooks)),
  ];
}

/** In the order in which they were asked for to be ended; repeating it does no harm, also after a step has failed. */
export async function cleanUp(
  context: AwsContext,
  { dryRun = false, olderThan = 0 }: CleanUpOptions,
): Promise<RunningResource[]> {
  const ending = (await listRunning(context)).filter(
    ({ kind, seconds }) => kind !== 'notebook instance' && seconds >= olderThan,
  );
  if (dryRun) return ending;
  const named = (kind: RunningResource['kind']) => ending.filter((one) => one.kind === kind);
  await Promise.all([
    ...named('training job').map(({ name }) => stopAndWait(context, name)),
    ...named('endpoint').map(({ name }) => deleteEndpoint(context, name)),
  ]);
  await deleteOrphans(context, olderThan);
  return ending;
}

/** Models and configurations without an endpoint, left by a kernel that was killed; they cost nothing. */
async function deleteOrphans(context: AwsContext, olderThan: number): Promise<void> {
  const { sagemaker } = context.clients;
  const inUse = new Set((await listEndpoints(context)).map(({ name }) => name));
  const isOrphan = ({ name, since }: Listed) => !inUse.has(name) && ageOf(since) >= olderThan;
  const configurations = await all(async (NextToken) => {
    const page = await sagemaker.send(new ListEndpointConfigsCommand({ NextToken }));
    return [
      page.NextToken,
      page.EndpointConfigs?.map((one) =>
        toListed(one.EndpointConfigName, one.EndpointConfigArn, one.CreationTime),
      ),
    ];
  });
  const models = await all(async (NextToken) => {
    const page = await sagemaker.send(new ListModelsCommand({ NextToken }));
    return [
      page.NextToken,
      page.Models?.map((one) => toListed(one.ModelName, one.ModelArn, one.CreationTime)),
    ];
  });
  for (const { name } of await ours(context, 'endpoint configuration', configurations.filter(isOrphan))) {
    await deleteParts(context, name, ['endpoint configuration']);
  }
  for (const { name } of await ours(context, 'model', models.filter(isOrphan)))
    await deleteParts(context, name, ['model']);
}

async function ours(context: AwsContext, kind: string, listed: readonly Listed[]): Promise<Listed[]> {
  const kept: Listed[] = [];
  for (const one of listed) if (await isOurs(context, { kind, ...one })) kept.push(one);
  return kept.sort((one, other) => one.name.localeCompare(other.name));
}

async function listJobs({ clients }: AwsContext): Promise<Listed[]> {
  const listed: Listed[] = [];
  for (const StatusEquals of ['InProgress', 'Stopping'] as const) {
    const found = await all(async (NextToken) => {
      const page = await clients.sagemaker.send(new ListTrainingJobsCommand({ NextToken, StatusEquals }));
      return [
        page.NextToken,
        page.TrainingJobSummaries?.map((one) =>
          toListed(one.TrainingJobName, one.TrainingJobArn, one.CreationTime),
        ),
      ];
    });
    listed.push(...found);
  }
  // One that was stopped between the two questions stands in both lists.
  return [...new Map(listed.map((one) => [one.arn, one])).values()];
}

async function listEndpoints({ clients }: AwsContext): Promise<Listed[]> {
  return await all(async (NextToken) => {
    const page = await clients.sagemaker.send(new ListEndpointsCommand({ NextToken }));
    return [
      page.NextToken,
      page.Endpoints?.map((one) => toListed(one.EndpointName, one.EndpointArn, one.CreationTime)),
    ];
  });
}

async function listNotebooks({ clients }: AwsContext): Promise<Listed[]> {
  return await all(async (NextToken) => {
    const page = await clients.sagemaker.send(
      new ListNotebookInstancesCommand({ NextToken, StatusEquals: 'InService' }),
    );
    return [
      page.NextToken,
      page.NotebookInstances?.map((one) =>
        toListed(one.NotebookInstanceName, one.NotebookInstanceArn, one.LastModifiedTime),
      ),
    ];
  });
}

function toListed(name = '', arn = '', since = new Date()): Listed {
  return { name, arn, since };
}

/** All pages of a list. */
async function all(
  ask: (nextToken: string | undefined) => Promise<[string | undefined, Listed[] | undefined]>,
): Promise<Listed[]> {
  const listed: Listed[] = [];
  let next: string | undefined;
  do {
    const [token, page = []] = await ask(next);
    listed.push(...page);
    next = token;
  } while (next);
  return listed;
}

function ageOf(since: Date): number {
  return Math.max(0, (Date.now() - since.getTime()) / 1000);
}

async function priced(
  context: AwsContext,
  kind: RunningResource['kind'],
  listed: readonly Listed[],
): Promise<RunningResource[]> {
  const running: RunningResource[] = [];
  for (const { name, since } of listed) {
    const dollarsPerHour = await priceOf(context, kind, name);
    const seconds = ageOf(since);
    const dollarsSoFar = dollarsPerHour === 'unknown' ? 'unknown' : (dollarsPerHour * seconds) / 3600;
    running.push({ kind, name, seconds, dollarsPerHour, dollarsSoFar });
  }
  return running;
}

async function priceOf(context: AwsContext, kind: RunningResource['kind'], name: string): Promise<Price> {
  const machine = await machineOf(context, kind, name);
  return machine ? await context.purse.pricePerHour(...machine) : 'unknown';
}

/** Undefined where it is gone meanwhile, or has no machine of its own. */
async function machineOf(
  { clients: { sagemaker } }: AwsContext,
  kind: RunningResource['kind'],
  name: string,
): Promise<[string, Component] | undefined> {
  try {
    if (kind === 'training job') {
      const { ResourceConfig } = await sagemaker.send(
        new DescribeTrainingJobCommand({ TrainingJobName: name }),
      );
      return ResourceConfig?.InstanceType && [ResourceConfig.InstanceType, 'Training'];
    }
    if (kind === 'endpoint') {
      const { ProductionVariants } = await sagemaker.send(
        new DescribeEndpointConfigCommand({ EndpointConfigName: name }),
      );
      const type = ProductionVariants?.[0]?.InstanceType;
      return type && [type, 'Hosting'];
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return undefined;
}
