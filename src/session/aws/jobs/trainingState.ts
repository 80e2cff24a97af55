// Finds, describes and stops a training job on SageMaker.
import {
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  type ResourceConfig,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { type EpochMetrics, parseEpoch, parseNote } from '../../../model/training/metrics';

import { type Lineage, lineageOf } from '../../contract/lineage';
import type { TrainingJobDescription, TrainingJobStatus } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { followLogs, type LogFollower } from '../account/logs';
import { unlessGone } from '../account/serviceErrors';
import { type StoppableJob, stopJobAndWait } from '../account/stop';
import { describeObject } from '../storage/artifact';
import { exists } from '../storage/objects';
import { listKnown, unknownJob } from './follow';

/** The log group of all training jobs. */
export const logGroup = '/aws/sagemaker/TrainingJobs';

/** Returns the prefix of the keys under which jobs write their artifacts and output. */
export function outputFolder({ prefix }: AwsContext): string {
  return `${prefix}/jobs`;
}

/** Resolves to undefined if the job does not exist. */
export async function findTrainingJob({ clients }: Pick<AwsContext, 'clients'>, name: string) {
  return await unlessGone(clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name })));
}

/** Returns the names of the ledger's jobs that SageMaker still has, latest first. */
export async function listKnownJobs(context: AwsContext): Promise<string[]> {
  return await listKnown(context, 'training job', (name) => findTrainingJob(context, name));
}

/** Returns a job's state. Throws a {@link UserError} if the job does not exist. */
export async function expectTrainingJob(context: AwsContext, name: string) {
  const found = await findTrainingJob(context, name);
  if (found) return found;
  throw unknownJob(context, 'training job', name);
}

export function logOf(context: AwsContext, name: string): LogFollower {
  return followLogs(context, logGroup, `${name}/`);
}

/** Returns the instance types on which a job may run: those it may still choose from, or the one. */
export function instanceTypesOf({
  ResourceConfig = {},
}: Pick<DescribeTrainingJobCommandOutput, 'ResourceConfig'>): string[] {
  const { SelectedInstanceType, InstanceType, InstancePreferences = [] } = ResourceConfig as ResourceConfig;
  const one = SelectedInstanceType ?? InstanceType;
  return one ? [one] : InstancePreferences.flatMap(({ InstanceType: type }) => type ?? []);
}

/** Returns the instance type with the highest price; one without a known price if there is one. */
export async function dearestOf({ budget }: AwsContext, instances: readonly string[]): Promise<string> {
  const priced: { type: string; price: number }[] = [];
  for (const type of instances) {
    const price = instances.length > 1 ? await budget.pricePerHour(type, 'Training') : 0;
    priced.push({ type, price: price === 'unknown' ? Number.POSITIVE_INFINITY : price });
  }
  const [dearest] = priced.sort((one, other) => other.price - one.price);
  return dearest?.type ?? '';
}

/** Returns the instance type of a job; of several preferences the one that SageMaker has chosen, or until then the first. */
export function instanceTypeOf(
  job: Pick<DescribeTrainingJobCommandOutput, 'ResourceConfig'>,
): string | undefined {
  return instanceTypesOf(job)[0];
}

/**
 * Returns the state of a training job. Takes the metrics from the artifact if the log has none, as without permission to
 * read it. @param lines the lines of its log
 */
export async function describeTraining(
  context: AwsContext,
  answer: DescribeTrainingJobCommandOutput,
  lines: readonly string[],
): Promise<TrainingJobDescription> {
  const { TrainingJobName: name = '', FailureReason, BillableTimeInSeconds } = answer;
  const { CreationTime, TrainingStartTime = CreationTime, TrainingEndTime = new Date() } = answer;
  const status = answer.TrainingJobStatus as TrainingJobStatus;
  const artifact = await artifactOf(context, answer);
  const heard = lines.flatMap((line) => parseEpoch(line) ?? []);
  return {
    name,
    status,
    ...(FailureReason && status === 'Failed' && { failureReason: FailureReason }),
    ...(artifact !== undefined && { modelArtifact: artifact }),
    seconds: (TrainingEndTime.getTime() - (TrainingStartTime ?? TrainingEndTime).getTime()) / 1000,
    billableSeconds: BillableTimeInSeconds ?? 0,
    metrics: heard.length > 0 || artifact === undefined ? heard : await historyOf(context, artifact),
    notes: lines.flatMap((line) => parseNote(line) ?? []),
  };
}

async function historyOf(context: AwsContext, artifact: string): Promise<EpochMetrics[]> {
  const described = await describeObject(context, artifact).catch(() => undefined);
  return [...(described?.description.history ?? [])];
}

/** Returns the address of an ended job's model artifact; undefined if there is none. */
export async function artifactOf(
  context: AwsContext,
  { TrainingJobStatus: status, ModelArtifacts }: DescribeTrainingJobCommandOutput,
): Promise<string | undefined> {
  const artifact = ModelArtifacts?.S3ModelArtifacts;
  const isThere =
    artifact !== undefined &&
    (status === 'Completed' || (status === 'Stopped' && (await exists(context, artifact))));
  return isThere ? artifact : undefined;
}

/** Returns where a job's model comes from, for the ledger, which keeps it longer than the artifact, and without the source. */
export async function findMade(
  context: AwsContext,
  { name, modelArtifact }: Pick<TrainingJobDescription, 'name' | 'modelArtifact'>,
): Promise<Lineage | undefined> {
  const described = modelArtifact && (await describeObject(context, modelArtifact));
  if (!described) return undefined;
  const { source: _, ...made } = lineageOf(name, modelArtifact, described);
  return made;
}

export function stoppable(context: AwsContext, name: string): StoppableJob {
  return {
    status: async () => (await findTrainingJob(context, name))?.TrainingJobStatus,
    askToStop: () => context.clients.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name })),
  };
}

/** Stops a job and resolves when it is no longer billed. */
export async function stopAndWait(context: AwsContext, name: string): Promise<void> {
  await stopJobAndWait(context, stoppable(context, name));
  context.recordEnd('training job', name);
}
