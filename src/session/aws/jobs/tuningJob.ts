// A tuning job on SageMaker: started once, watched, stopped, deleted. Its trials are training jobs of their own. The handle
// knows nothing but its name, so that attaching from a later kernel is the same as having started it.
import {
  DeleteHyperParameterTuningJobCommand,
  DescribeHyperParameterTuningJobCommand,
  type DescribeHyperParameterTuningJobCommandOutput,
  type HyperParameterTrainingJobSummary,
  paginateListTrainingJobsForHyperParameterTuningJob,
  StopHyperParameterTuningJobCommand,
} from '@aws-sdk/client-sagemaker';
import { type Hyperparameters, hyperparameterTable } from '../../../model/hyperparameters';
import { UserError } from '../../../platform/errors';
import type { TrainingJobStatus } from '../../contract/session';
import {
  bestOf,
  judgeTrial,
  type Objective,
  type Trial,
  type TuningJob,
  type TuningJobDescription,
  type TuningListener,
  tellChanges,
  tuningDefaults,
} from '../../contract/tuning';
import { unlessGone } from '../account/answers';
import { describeCost } from '../account/budget';
import type { AwsContext } from '../account/context';
import { namesStarted } from '../account/lists';
import { hasEnded, pause, type StoppableJob, stopJob, stopJobAndWait } from '../account/stop';
import { withAttachAdvice } from './attachAdvice';
import { openTrainingJob } from './trainingJob';
import { artifactOf, findMade, findTrainingJob, stopAndWait } from './trainingState';

/** Throws a {@link UserError} where there is no tuning job of that name. */
export async function openTuningJob(context: AwsContext, name: string): Promise<TuningJob> {
  await look(context, name);
  const ended = new Map<string, Trial>();
  const describe = async () => await describeTuning(context, name, ended);
  return {
    name,
    onInterrupt: context.options.onInterrupt ?? 'detach',
    describe,
    wait: (listener) => withAttachAdvice('tuning job', name, () => wait(context, describe, { ...listener })),
    stop: () => stop(context, name),
    delete: () => forget(context, name),
  };
}

/** What the purse knows the job by. */
export function tuningPurpose(name: string): string {
  return `The tuning job ${name}`;
}

/** Undefined where there is no tuning job of that name. */
export async function findTuningJob(
  { clients }: AwsContext,
  name: string,
): Promise<DescribeHyperParameterTuningJobCommandOutput | undefined> {
  const command = new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name });
  return await unlessGone(clients.sagemaker.send(command));
}

/** Those of the ledger that SageMaker knows, the latest first. */
export async function listKnownTuning(context: AwsContext): Promise<string[]> {
  const known: string[] = [];
  for (const name of namesStarted(context, 'tuning job')) {
    if (await findTuningJob(context, name)) known.push(name);
  }
  return known;
}

/** The names of the trials of all those that were started from this project's folder. */
export async function listKnownTrials(context: AwsContext): Promise<string[]> {
  const names: string[] = [];
  for (const name of await listKnownTuning(context)) {
    for (const { TrainingJobName } of await listTrials(context, name)) names.push(TrainingJobName ?? '');
  }
  return names;
}

async function look(
  context: AwsContext,
  name: string,
): Promise<DescribeHyperParameterTuningJobCommandOutput> {
  const found = await findTuningJob(context, name);
  if (found) return found;
  throw new UserError(
    `There is no tuning job "${name}" in ${context.place.region.value}. Was it deleted? ` +
      'attachTuningJob() takes the name of one that was started.',
  );
}

/** @param ended trials that have, which do not change any more: kept from look to look */
async function describeTuning(
  context: AwsContext,
  name: string,
  ended: Map<string, Trial>,
): Promise<TuningJobDescription> {
  // The status first: trials that end before the job does are read after it.
  const answer = await look(context, name);
  const trials: Trial[] = [];
  for (const summary of await listTrials(context, name)) {
    const trial = ended.get(summary.TrainingJobName ?? '') ?? (await describeTrial(context, summary));
    if (hasEnded(trial.status)) ended.set(trial.name, trial);
    trials.push(trial);
  }
  const { HyperParameterTuningJobConfig: config, CreationTime, FailureReason } = answer;
  const end = answer.HyperParameterTuningEndTime ?? new Date();
  const objective = (config?.HyperParameterTuningJobObjective?.MetricName ??
    tuningDefaults.objective) as Objective;
  const best = bestOf(trials, objective);
  return {
    name,
    status: answer.HyperParameterTuningJobStatus as TrainingJobStatus,
    ...(FailureReason !== undefined && { failureReason: FailureReason }),
    objective,
    plannedTrials: config?.ResourceLimits?.MaxNumberOfTrainingJobs ?? trials.length,
    trials,
    ...(best && { best }),
    seconds: (end.getTime() - (CreationTime ?? end).getTime()) / 1000,
  };
}

/** In the order of their start. */
async function listTrials(
  { clients }: AwsContext,
  name: string,
): Promise<HyperParameterTrainingJobSummary[]> {
  const pages = paginateListTrainingJobsForHyperParameterTuningJob(
    { client: clients.sagemaker },
    { HyperParameterTuningJobName: name, SortBy: 'CreationTime', SortOrder: 'Ascending' },
  );
  const listed: HyperParameterTrainingJobSummary[] = [];
  for await (const { TrainingJobSummaries = [] } of pages) listed.push(...TrainingJobSummaries);
  return listed;
}

async function describeTrial(context: AwsContext, summary: HyperParameterTrainingJobSummary): Promise<Trial> {
  const { TrainingJobName: name = '', TunedHyperParameters = {}, FailureReason } = summary;
  const status = summary.TrainingJobStatus as TrainingJobStatus;
  const start = summary.TrainingStartTime ?? summary.CreationTime;
  const end = summary.TrainingEndTime ?? new Date();
  const trial: Trial = {
    name,
    status,
    hyperparameters: asValues(TunedHyperParameters),
    seconds: Math.max(0, (end.getTime() - (start ?? end).getTime()) / 1000),
    billableSeconds: 0,
  };
  if (!hasEnded(status)) return trial;
  const job = await findTrainingJob(context, name);
  const modelArtifact = job && (await artifactOf(context, job));
  const { MetricName, Value } = summary.FinalHyperParameterTuningJobObjectiveMetric ?? {};
  const reason = FailureReason ?? (status === 'Stopped' ? reasonOf(job?.SecondaryStatus) : undefined);
  return {
    ...trial,
    ...(reason !== undefined && { reason }),
    ...(modelArtifact !== undefined && { modelArtifact }),
    ...judgeTrial(status, MetricName as Objective, Value),
    billableSeconds: job?.BillableTimeInSeconds ?? 0,
  };
}

function reasonOf(secondaryStatus: string | undefined): string {
  return secondaryStatus === 'MaxRuntimeExceeded'
    ? 'stopped at its time limit'
    : 'stopped early, or with the tuning job';
}

/** Numbers where the table says so; the SDK for Python puts quotes around choices. */
function asValues(strings: Readonly<Record<string, string>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(strings).map(([name, value]) => {
      const kind = hyperparameterTable[name as keyof Hyperparameters]?.kind;
      return [name, kind === 'integer' || kind === 'number' ? Number(value) : value];
    }),
  );
}

async function wait(
  context: AwsContext,
  describe: () => Promise<TuningJobDescription>,
  listener: TuningListener,
): Promise<TuningJobDescription> {
  const tell = tellChanges(listener);
  for (;;) {
    listener.signal?.throwIfAborted();
    const description = await describe();
    tell(description);
    if (hasEnded(description.status)) return await conclude(context, description);
    await pause(context.pollSeconds, listener.signal);
  }
}

async function conclude(
  context: AwsContext,
  description: TuningJobDescription,
): Promise<TuningJobDescription> {
  const { name, status, trials, best, failureReason } = description;
  const seconds = trials.reduce((sum, { billableSeconds }) => sum + billableSeconds, 0);
  context.recordEnd('tuning job', name, best && (await findMade(context, best)));
  context.purse.settle(tuningPurpose(name), seconds);
  await tellBill(context, name, seconds);
  if (status !== 'Failed') return description;
  const reason = trials.find((trial) => trial.reason)?.reason;
  throw new UserError(
    `Tuning job ${name} failed: ${failureReason}${reason ? `\nIts first trial: ${reason}` : ''}`,
  );
}

async function tellBill(context: AwsContext, name: string, seconds: number): Promise<void> {
  const answer = await findTuningJob(context, name);
  const instanceType = answer?.TrainingJobDefinition?.ResourceConfig?.InstanceType;
  if (!instanceType) return;
  const price = await context.purse.pricePerHour(instanceType, 'Training');
  const cost = describeCost(price, seconds);
  context.tell(`${name}: ${seconds} s of ${instanceType} billed for all trials together, ${cost}.`);
}

async function stop(context: AwsContext, name: string): Promise<void> {
  await stopJob((await look(context, name)).HyperParameterTuningJobStatus, stoppable(context, name));
}

function stoppable(context: AwsContext, name: string): StoppableJob {
  const command = new StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name });
  return {
    status: async () => (await findTuningJob(context, name))?.HyperParameterTuningJobStatus,
    askToStop: () => context.clients.sagemaker.send(command),
  };
}

/** Stops the job and returns when none of its trials is billed any more. */
export async function stopTuningAndWait(context: AwsContext, name: string): Promise<void> {
  await stopJobAndWait(context, stoppable(context, name));
  context.recordEnd('tuning job', name);
}

async function forget(context: AwsContext, name: string): Promise<void> {
  if (!(await findTuningJob(context, name))) return;
  await stopTuningAndWait(context, name);
  for (const { TrainingJobName: trial = '' } of await listTrials(context, name)) {
    if (!(await findTrainingJob(context, trial))) continue;
    await stopAndWait(context, trial);
    await (await openTrainingJob(context, trial)).delete();
  }
  // Last, so that deleting it again finds the trials that are left.
  const command = new DeleteHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name });
  await context.clients.sagemaker.send(command);
}
