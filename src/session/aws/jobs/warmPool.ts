// Warm pools: the instance that SageMaker keeps, and bills, after a training job that asked for it, so that the next one
// like it starts in seconds.
import {
  type DescribeTrainingJobCommandOutput,
  ListTrainingJobsCommand,
  UpdateTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { usd } from '../../../platform/format';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { quotaNames } from '../account/instances';
import { poll } from '../account/poll';
import { describeCost } from '../account/prices';
import { readQuotas } from '../account/quotas';
import { findTrainingJob, stopAndWait } from './trainingState';

type Job = Pick<
  DescribeTrainingJobCommandOutput,
  'TrainingJobName' | 'ResourceConfig' | 'TrainingEndTime' | 'WarmPoolStatus' | 'BillableTimeInSeconds'
>;

function keepAliveOf({ ResourceConfig }: Job): number {
  return ResourceConfig?.KeepAlivePeriodInSeconds ?? 0;
}

/** Resolves to when a job's warm pool ends, if no other job takes it. */
export async function poolEnd(context: AwsContext, name: string): Promise<Date | undefined> {
  const job = await findTrainingJob(context, name);
  return job?.TrainingEndTime && endOf(job);
}

function endOf(job: Job): Date {
  return new Date((job.TrainingEndTime ?? new Date()).getTime() + 1000 * keepAliveOf(job));
}

/** Stops a job, if it runs, and ends its warm pool. Resolves when neither is billed. */
export async function endTraining(context: AwsContext, name: string): Promise<void> {
  await stopAndWait(context, name);
  await endWarmPool(context, name);
}

/** Ends the warm pool of a job that has ended, and resolves when it is no longer billed. Does nothing if there is none. */
export async function endWarmPool(context: AwsContext, name: string): Promise<void> {
  const job = await findTrainingJob(context, name);
  if (!job || keepAliveOf(job) === 0 || isOver(job)) return;
  const ResourceConfig = { KeepAlivePeriodInSeconds: 0 };
  const stateNow = async () => (await findTrainingJob(context, name)) ?? job;
  let isEnding = false;
  const last = await poll(context, async () => {
    const now = await stateNow();
    // Without a status there is none, for example without a quota.
    if (!now.WarmPoolStatus || isOver(now)) return now;
    try {
      if (!isEnding) {
        await context.clients.sagemaker.send(
          new UpdateTrainingJobCommand({ TrainingJobName: name, ResourceConfig }),
        );
      }
      isEnding = true;
    } catch (error) {
      // A job that has just ended may still use its instance, and SageMaker then rejects the update.
      if (now.WarmPoolStatus.Status === 'Available') throw error;
    }
    return undefined;
  });
  context.budget.settle(purposeOf('training job', name), billedSeconds(last));
  context.recordEnd('warm pool', name);
}

function isOver({ WarmPoolStatus }: Job): boolean {
  return WarmPoolStatus?.Status === 'Reused' || WarmPoolStatus?.Status === 'Terminated';
}

/** Returns the seconds that a job is billed for: its own, and those for which its instance is kept, at most. */
export function billedSeconds(job: Job): number {
  const { WarmPoolStatus: pool, BillableTimeInSeconds = 0 } = job;
  const retained = pool?.ResourceRetainedBillableTimeInSeconds ?? 0;
  return BillableTimeInSeconds + (pool && !isOver(job) ? keepAliveOf(job) : retained);
}

/**
 * Tells before a job starts which of its instance types have a quota of 0 for warm pools: SageMaker runs the job and keeps
 * nothing. Tells nothing if the quota cannot be read.
 */
export async function tellUnkept(context: AwsContext, instanceTypes: readonly string[]): Promise<void> {
  const quotas = await readQuotas(context.clients).catch(() => undefined);
  for (const type of instanceTypes) {
    const quota = warmPoolQuota(type);
    if (quotas?.get(quota)?.limit !== 0) continue;
    context.tell(
      `keepAlive has no effect on ${type}: the quota "${quota}" is 0. The job runs anyway. To keep instances, ` +
        'request an increase in the Service Quotas console (Amazon SageMaker).',
    );
  }
}

function warmPoolQuota(trainingInstance: string): string {
  return quotaNames({ trainingInstance }).warmPool;
}

/** Tells until when the instance of a job that has ended is kept, and what that costs. */
export async function tellKept(context: AwsContext, job: Job, instanceType: string): Promise<void> {
  const { TrainingJobName: name = '' } = job;
  const seconds = keepAliveOf(job);
  if (seconds === 0 || isOver(job)) return;
  if (!job.WarmPoolStatus) {
    context.tell(
      `The instance of ${name} is not kept: the quota "${warmPoolQuota(instanceType)}" is likely 0, as in a ` +
        'new account. Request more in the Service Quotas console (Amazon SageMaker).',
    );
    return;
  }
  context.recordCreation('warm pool', name, { ends: endOf(job).toISOString() });
  const price = await context.budget.pricePerHour(instanceType, 'Training');
  const hourly = price === 'unknown' ? 'at an unknown price' : `at ${usd(price)} an hour`;
  context.tell(
    `The instance of ${name} is kept for ${seconds} s, ${hourly}, at most ${describeCost(price, seconds)}: a job on the same ` +
      'instance type starts on it in seconds. To end it now: await session.cleanUp().',
  );
}

/** Returns the end of the sentence about a bill, if the job started on an instance that another had kept; else nothing. */
export async function describeOrigin(
  context: AwsContext,
  { TrainingJobName: name, WarmPoolStatus }: Job,
  instanceType: string,
): Promise<string> {
  if (!WarmPoolStatus) return '';
  const before = await findPredecessor(context, name).catch(() => undefined);
  if (!before) return '';
  const { TrainingJobName: other = '', WarmPoolStatus: pool } = before;
  context.budget.settle(purposeOf('training job', other), billedSeconds(before));
  context.recordEnd('warm pool', other);
  const waited = pool?.ResourceRetainedBillableTimeInSeconds ?? 0;
  const price = await context.budget.pricePerHour(instanceType, 'Training');
  return `; it started on the instance kept by ${other}, which waited ${waited} s for it, ${describeCost(price, waited)}`;
}

/** Resolves to the job whose warm pool this one took, if it is among the latest. */
async function findPredecessor(context: AwsContext, name: string | undefined) {
  const command = new ListTrainingJobsCommand({
    WarmPoolStatusEquals: 'Reused',
    SortBy: 'CreationTime',
    SortOrder: 'Descending',
    MaxResults: 100,
  });
  const { TrainingJobSummaries = [] } = await context.clients.sagemaker.send(command);
  const found = TrainingJobSummaries.find(({ WarmPoolStatus }) => WarmPoolStatus?.ReusedByJob === name);
  return found?.TrainingJobName ? await findTrainingJob(context, found.TrainingJobName) : undefined;
}
