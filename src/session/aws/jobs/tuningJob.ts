// The handle of a tuning job on SageMaker: follows it, stops and deletes it. Its trials are training jobs of their own. It
// holds only the job's name, so attaching from a later kernel gives the same handle.
import {
  DeleteHyperParameterTuningJobCommand,
  DescribeHyperParameterTuningJobCommand,
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
  tellChanges,
  tuningDefaults,
} from '../../contract/tuning';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { collect } from '../account/lists';
import { unlessGone } from '../account/serviceErrors';
import { hasEnded, type StoppableJob, stopJob, stopJobAndWait } from '../account/stop';
import { followJob, listKnown, tellBill, unknownJob } from './follow';
import { openTrainingJob } from './trainingJob';
import { artifactOf, findMade, findTrainingJob, stopAndWait } from './trainingState';

/** Opens an existing tuning job. Throws a {@link UserError} if it does not exist. */
export async function openTuningJob(context: AwsContext, name: string): Promise<TuningJob> {
  await look(context, name);
  const ended = new Map<string, Trial>();
  const describe = async () => await describeTuning(context, name, ended);
  return {
    name,
    onInterrupt: context.options.onInterrupt ?? 'detach',
    describe,
    async wait(listener = {}) {
      const tell = tellChanges(listener);
      return await followJob(context, { kind: 'tuning job', name, signal: listener.signal }, async () => {
        const description = await describe();
        tell(description);
        return hasEnded(description.status) ? await conclude(context, description) : undefined;
      });
    },
    stop: () => stop(context, name),
    delete: () => forget(context, name),
  };
}

/** Resolves to undefined if the tuning job does not exist. */
export async function findTuningJob({ clients }: AwsContext, name: string) {
  const command = new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name });
  return await unlessGone(clients.sagemaker.send(command));
}

/** Returns the names of the ledger's tuning jobs that SageMaker still has, latest first. */
export async function listKnownTuning(context: AwsContext): Promise<string[]> {
  return await listKnown(context, 'tuning job', (name) => findTuningJob(context, name));
}

/** Returns the names of the trials of these tuning jobs. */
export async function listKnownTrials(context: AwsContext): Promise<string[]> {
  const names: string[] = [];
  for (const name of await listKnownTuning(context)) {
    for (const { TrainingJobName } of await listTrials(context, name)) names.push(TrainingJobName ?? '');
  }
  return names;
}

async function look(context: AwsContext, name: string) {
  const found = await findTuningJob(context, name);
  if (found) return found;
  throw unknownJob(context, 'tuning job', name);
}

/** Returns the state of a tuning job. @param ended ended trials, which no longer change, kept between calls */
async function describeTuning(
  context: AwsContext,
  name: string,
  ended: Map<string, Trial>,
): Promise<TuningJobDescription> {
  // Read the status before the trials, so that all trials of an ended job are read after their end.
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

/** Returns the trials in the order of their start. */
async function listTrials(
  { clients }: AwsContext,
  name: string,
): Promise<HyperParameterTrainingJobSummary[]> {
  const pages = paginateListTrainingJobsForHyperParameterTuningJob(
    { client: clients.sagemaker },
    { HyperParameterTuningJobName: name, SortBy: 'CreationTime', SortOrder: 'Ascending' },
  );
  return await collect(pages, ({ TrainingJobSummaries = [] }) => TrainingJobSummaries);
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
  if (secondaryStatus === 'MaxRuntimeExceeded') return 'stopped at its time limit';
  if (secondaryStatus === 'MaxWaitTimeExceeded') return 'no spot instance was free within maxWaitMinutes';
  return 'stopped early, or with the tuning job';
}

/** Converts hyperparameters from SageMaker's strings to their types. A network's own are numbers if they read as such. */
function asValues(strings: Readonly<Record<string, string>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(strings).map(([name, value]) => {
      const { kind } = hyperparameterTable[name as keyof Hyperparameters] ?? {};
      const isWord = kind === 'choice' || kind === 'text' || value.trim() === '' || Number.isNaN(+value);
      return [name, isWord ? value : Number(value)];
    }),
  );
}

async function conclude(
  context: AwsContext,
  description: TuningJobDescription,
): Promise<TuningJobDescription> {
  const { name, status, trials, best, failureReason } = description;
  const seconds = trials.reduce((sum, { billableSeconds }) => sum + billableSeconds, 0);
  context.recordEnd('tuning job', name, best && (await findMade(context, best)));
  context.budget.settle(purposeOf('tuning job', name), seconds);
  const { TrainingJobDefinition } = (await findTuningJob(context, name)) ?? {};
  const instanceType = TrainingJobDefinition?.ResourceConfig?.InstanceType;
  if (instanceType) {
    await tellBill(
      context,
      { name, seconds, instanceType, component: 'Training' },
      ' for all trials together',
    );
  }
  if (status !== 'Failed') return description;
  const reason = trials.find((trial) => trial.reason)?.reason;
  throw new UserError(
    `Tuning job ${name} failed: ${failureReason}${reason ? `\nIts first trial: ${reason}` : ''}`,
  );
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

/** Stops the job and resolves when none of its trials is billed. */
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
  // The job is deleted last, so that a second try still finds the remaining trials.
  const command = new DeleteHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name });
  await context.clients.sagemaker.send(command);
}
