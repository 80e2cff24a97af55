// Tuning jobs of the rehearsal, which moto does not run: trials are rehearsed training jobs with values drawn at random,
// whatever the strategy, and none is stopped early. So many at once as were asked for.
import { randomBytes } from 'node:crypto';
import { CreateTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { type Random, seededRandom } from '../data/random';
import { connection } from './connection';
import { type JobRequest, type RehearsedJob, rehearseJob } from './jobs';
import type { Stage } from './stage';

interface Range {
  Name: string;
  MinValue: string;
  MaxValue: string;
  ScalingType?: string;
}

/** As much of CreateHyperParameterTuningJob's request as decides what is run. */
export interface TuningJobRequest {
  HyperParameterTuningJobName: string;
  HyperParameterTuningJobConfig: {
    HyperParameterTuningJobObjective: { Type: 'Maximize' | 'Minimize'; MetricName: string };
    ResourceLimits: { MaxNumberOfTrainingJobs: number; MaxParallelTrainingJobs: number };
    ParameterRanges: {
      IntegerParameterRanges?: Range[];
      ContinuousParameterRanges?: Range[];
      CategoricalParameterRanges?: { Name: string; Values: string[] }[];
    };
    RandomSeed?: number;
  };
  TrainingJobDefinition: Omit<JobRequest, 'TrainingJobName' | 'HyperParameters'> & {
    StaticHyperParameters?: Record<string, string>;
  };
  Tags?: { Key: string; Value: string }[];
}

interface RehearsedTrial {
  name: string;
  tuned: Record<string, string>;
  job: RehearsedJob;
}

export interface RehearsedTuning {
  readonly request: TuningJobRequest;
  readonly arn: string;
  /** What DescribeHyperParameterTuningJob tells. */
  describe(): Record<string, unknown>;
  /** What ListTrainingJobsForHyperParameterTuningJob lists, oldest first. */
  listTrials(): Record<string, unknown>[];
  stop(): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

const now = () => Date.now() / 1000;
const account = '123456789012';

/**
 * @param moto its address: it knows of each trial, so that lists and tags have it
 * @param jobs of the whole rehearsal: trials are added
 */
export function rehearseTuning(
  stage: Stage,
  request: TuningJobRequest,
  { stepSeconds, moto, jobs }: { stepSeconds: number; moto: string; jobs: Map<string, RehearsedJob> },
): RehearsedTuning {
  const { HyperParameterTuningJobName: name, HyperParameterTuningJobConfig: config } = request;
  const { MaxNumberOfTrainingJobs: planned, MaxParallelTrainingJobs: parallel } = config.ResourceLimits;
  const objective = config.HyperParameterTuningJobObjective;
  const client = new SageMakerClient(connection(moto));
  const random = seededRandom(config.RandomSeed ?? 1);
  const trials: RehearsedTrial[] = [];
  const created = now();
  const outcome: { status: string; end?: number; failureReason?: string } = { status: 'InProgress' };

  async function start(): Promise<RehearsedTrial> {
    const tuned = draw(config.ParameterRanges, random);
    const number = String(trials.length + 1).padStart(3, '0');
    const TrainingJobName = `${name}-${number}-${randomBytes(4).toString('hex')}`;
    const { StaticHyperParameters = {}, ...definition } = request.TrainingJobDefinition;
    const asked = {
      ...definition,
      TrainingJobName,
      HyperParameters: { ...StaticHyperParameters, ...tuned, _tuning_objective_metric: objective.MetricName },
    };
    await client.send(new CreateTrainingJobCommand({ ...asked, Tags: request.Tags } as never));
    const job = rehearseJob(stage, asked, stepSeconds);
    jobs.set(TrainingJobName, job);
    const trial = { name: TrainingJobName, tuned, job };
    trials.push(trial);
    return trial;
  }

  async function perform(): Promise<void> {
    const running = new Set<RehearsedTrial>();
    while (running.size > 0 || (trials.length < planned && outcome.status === 'InProgress')) {
      if (running.size < parallel && trials.length < planned && outcome.status === 'InProgress') {
        const trial = await start();
        running.add(trial);
        void trial.job.ended.then(() => running.delete(trial));
        if (outcome.status !== 'InProgress') trial.job.stop();
      } else {
        await Promise.race([...running].map(({ job }) => job.ended));
      }
    }
    const haveAllFailed = trials.every(({ job }) => job.state.TrainingJobStatus === 'Failed');
    if (haveAllFailed) outcome.failureReason = 'All training jobs have failed.';
    outcome.status = outcome.status === 'Stopping' ? 'Stopped' : haveAllFailed ? 'Failed' : 'Completed';
    outcome.end = now();
  }

  const finalValueOf = ({ job }: RehearsedTrial) =>
    job.state.FinalMetricDataList?.find(({ MetricName }) => MetricName === objective.MetricName)?.Value;

  function summarise(trial: RehearsedTrial): Record<string, unknown> {
    const { state } = trial.job;
    const value = finalValueOf(trial);
    const hasEnded = !['InProgress', 'Stopping'].includes(state.TrainingJobStatus);
    return {
      TrainingJobName: trial.name,
      TrainingJobArn: `arn:aws:sagemaker:us-east-1:${account}:training-job/${trial.name}`,
      TuningJobName: name,
      CreationTime: state.CreationTime,
      TrainingStartTime: state.TrainingStartTime,
      TrainingEndTime: state.TrainingEndTime,
      TrainingJobStatus: state.TrainingJobStatus,
      TunedHyperParameters: trial.tuned,
      FailureReason: state.FailureReason,
      ObjectiveStatus: !hasEnded ? 'Pending' : value === undefined ? 'Failed' : 'Succeeded',
      ...(hasEnded &&
        value !== undefined && {
          FinalHyperParameterTuningJobObjectiveMetric: { ...objective, Value: value },
        }),
    };
  }

  const ended = perform().catch((error: Error) => {
    Object.assign(outcome, { status: 'Failed', failureReason: `InternalServerError: ${error.message}` });
  });
  const arn = `arn:aws:sagemaker:us-east-1:${account}:hyper-parameter-tuning-job/${name}`;
  return {
    request,
    arn,
    describe() {
      const sign = objective.Type === 'Maximize' ? 1 : -1;
      const measured = trials.filter((trial) => finalValueOf(trial) !== undefined);
      const [best] = measured.sort(
        (one, other) => sign * ((finalValueOf(other) ?? 0) - (finalValueOf(one) ?? 0)),
      );
      const counted = (...statuses: string[]) =>
        trials.filter(({ job }) => statuses.includes(job.state.TrainingJobStatus)).length;
      return {
        HyperParameterTuningJobName: name,
        HyperParameterTuningJobArn: arn,
        HyperParameterTuningJobConfig: config,
        TrainingJobDefinition: request.TrainingJobDefinition,
        HyperParameterTuningJobStatus: outcome.status,
        CreationTime: created,
        HyperParameterTuningEndTime: outcome.end,
        TrainingJobStatusCounters: {
          Completed: counted('Completed'),
          InProgress: counted('InProgress', 'Stopping'),
          NonRetryableError: counted('Failed'),
          Stopped: counted('Stopped'),
        },
        ObjectiveStatusCounters: { Succeeded: measured.length },
        BestTrainingJob: best && summarise(best),
        FailureReason: outcome.failureReason,
      };
    },
    listTrials: () => trials.map(summarise),
    stop() {
      if (outcome.status !== 'InProgress') return;
      outcome.status = 'Stopping';
      for (const { job } of trials) job.stop();
    },
    ended,
  };
}

function draw(
  ranges: TuningJobRequest['HyperParameterTuningJobConfig']['ParameterRanges'],
  random: Random,
): Record<string, string> {
  const { IntegerParameterRanges = [], ContinuousParameterRanges = [] } = ranges;
  const { CategoricalParameterRanges = [] } = ranges;
  const number = ({ MinValue, MaxValue, ScalingType }: Range) => {
    const [least, most] = [Number(MinValue), Number(MaxValue)];
    const fraction = random.fraction();
    return ScalingType === 'Logarithmic'
      ? least * (most / least) ** fraction
      : least + (most - least) * fraction;
  };
  return Object.fromEntries([
    ...IntegerParameterRanges.map((range) => [range.Name, String(Math.round(number(range)))]),
    ...ContinuousParameterRanges.map((range) => [range.Name, String(number(range))]),
    ...CategoricalParameterRanges.map(({ Name, Values }) => [Name, Values[random.integer(Values.length)]]),
  ]);
}
