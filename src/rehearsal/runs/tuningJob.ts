// A tuning job. Its trials are training jobs with values drawn at random, whatever the strategy; none is stopped early.
import { randomBytes } from 'node:crypto';
import { type Random, seededRandom } from '../../data/random';
import { arnOf } from './arn';
import type { Stage } from './stage';
import { type JobOptions, type RehearsedJob, rehearseJob, type TrainingJobRequest } from './trainingJob';

interface Range {
  Name: string;
  MinValue: string;
  MaxValue: string;
  ScalingType?: string;
}

/** The part of a CreateHyperParameterTuningJob request that affects the run. */
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
  TrainingJobDefinition: Omit<TrainingJobRequest, 'TrainingJobName' | 'HyperParameters'> & {
    StaticHyperParameters?: Record<string, string>;
  };
}

interface RehearsedTrial {
  tuned: Record<string, string>;
  job: RehearsedJob;
}

interface TrialSummary {
  TrainingJobName: string;
  TrainingJobStatus: string;
  [member: string]: unknown;
}

interface TuningState {
  HyperParameterTuningJobStatus: string;
  [member: string]: unknown;
}

export interface RehearsedTuning {
  readonly request: TuningJobRequest;
  /** Returns the part of a DescribeHyperParameterTuningJob response that changes during the run. */
  describe(): TuningState;
  /** Returns the trials' summaries, oldest first. */
  listTrials(): TrialSummary[];
  stop(): void;
  /** Resolves when the job has ended. */
  readonly ended: Promise<void>;
}

/** A tuning job under way. */
interface Progress {
  readonly request: TuningJobRequest;
  readonly created: number;
  readonly trials: RehearsedTrial[];
  status: 'InProgress' | 'Stopping' | 'Stopped' | 'Completed' | 'Failed';
  end?: number;
  failureReason?: string;
}

/**
 * Starts a tuning job.
 * @param options.onTrial called with each training job as it starts
 */
export function rehearseTuning(
  stage: Stage,
  request: TuningJobRequest,
  options: JobOptions & { onTrial: (job: RehearsedJob) => void },
): RehearsedTuning {
  const { clock } = options;
  const config = request.HyperParameterTuningJobConfig;
  const { MaxNumberOfTrainingJobs: planned, MaxParallelTrainingJobs: parallel } = config.ResourceLimits;
  const random = seededRandom(config.RandomSeed ?? 1);
  const progress: Progress = { request, created: clock.now(), trials: [], status: 'InProgress' };
  const { trials } = progress;

  function start(): RehearsedTrial {
    const tuned = draw(config.ParameterRanges, random);
    const job = rehearseJob(stage, requestOf(request, trials.length + 1, tuned), options);
    options.onTrial(job);
    const trial = { tuned, job };
    trials.push(trial);
    return trial;
  }

  async function perform(): Promise<void> {
    const running = new Set<RehearsedTrial>();
    const mayStart = () => trials.length < planned && progress.status === 'InProgress';
    while (running.size > 0 || mayStart()) {
      if (running.size < parallel && mayStart()) {
        const trial = start();
        running.add(trial);
        void trial.job.ended.then(() => running.delete(trial));
      } else {
        await Promise.race([...running].map(({ job }) => job.ended));
      }
    }
    const haveAllFailed = trials.every(({ job }) => job.state.TrainingJobStatus === 'Failed');
    if (haveAllFailed) progress.failureReason = 'All training jobs have failed.';
    progress.end = clock.now();
    progress.status = progress.status === 'Stopping' ? 'Stopped' : haveAllFailed ? 'Failed' : 'Completed';
  }

  const ended = perform().catch((error: Error) => {
    Object.assign(progress, { status: 'Failed', failureReason: `InternalServerError: ${error.message}` });
  });
  return {
    request,
    ended,
    describe: () => describe(progress),
    listTrials: () => trials.map((trial) => summarise(request, trial)),
    stop() {
      if (progress.status !== 'InProgress') return;
      progress.status = 'Stopping';
      for (const { job } of trials) job.stop();
    },
  };
}

/** Returns a trial's training job: the tuning job's name, the trial's number and eight random digits make its name. */
function requestOf(
  { HyperParameterTuningJobName, HyperParameterTuningJobConfig, TrainingJobDefinition }: TuningJobRequest,
  number: number,
  tuned: Record<string, string>,
): TrainingJobRequest {
  const { StaticHyperParameters = {}, ...definition } = TrainingJobDefinition;
  const { MetricName } = HyperParameterTuningJobConfig.HyperParameterTuningJobObjective;
  return {
    ...definition,
    TuningJobArn: arnOf('hyper-parameter-tuning-job', HyperParameterTuningJobName),
    TrainingJobName: `${HyperParameterTuningJobName}-${String(number).padStart(3, '0')}-${randomBytes(4).toString('hex')}`,
    HyperParameters: { ...StaticHyperParameters, ...tuned, _tuning_objective_metric: MetricName },
  };
}

function describe({ request, created, trials, status, end, failureReason }: Progress): TuningState {
  const { Type } = request.HyperParameterTuningJobConfig.HyperParameterTuningJobObjective;
  const sign = Type === 'Maximize' ? 1 : -1;
  const value = (trial: RehearsedTrial) => finalValue(request, trial);
  const measured = trials.filter((trial) => value(trial) !== undefined);
  const [best] = measured.sort((one, other) => sign * ((value(other) ?? 0) - (value(one) ?? 0)));
  const count = (...statuses: string[]) =>
    trials.filter(({ job }) => statuses.includes(job.state.TrainingJobStatus)).length;
  return {
    HyperParameterTuningJobStatus: status,
    CreationTime: created,
    HyperParameterTuningEndTime: end,
    TrainingJobStatusCounters: {
      Completed: count('Completed'),
      InProgress: count('InProgress', 'Stopping'),
      NonRetryableError: count('Failed'),
      Stopped: count('Stopped'),
    },
    ObjectiveStatusCounters: { Succeeded: measured.length },
    BestTrainingJob: best && summarise(request, best),
    FailureReason: failureReason,
  };
}

function finalValue({ HyperParameterTuningJobConfig }: TuningJobRequest, { job }: RehearsedTrial) {
  const { MetricName: objective } = HyperParameterTuningJobConfig.HyperParameterTuningJobObjective;
  return job.state.FinalMetricDataList?.find(({ MetricName }) => MetricName === objective)?.Value;
}

function summarise(request: TuningJobRequest, trial: RehearsedTrial): TrialSummary {
  const { state, request: trialRequest } = trial.job;
  const Value = finalValue(request, trial);
  const objective = request.HyperParameterTuningJobConfig.HyperParameterTuningJobObjective;
  const hasEnded = !['InProgress', 'Stopping'].includes(state.TrainingJobStatus);
  return {
    TrainingJobName: trialRequest.TrainingJobName,
    TrainingJobArn: arnOf('training-job', trialRequest.TrainingJobName),
    TuningJobName: request.HyperParameterTuningJobName,
    CreationTime: state.CreationTime,
    TrainingStartTime: state.TrainingStartTime,
    TrainingEndTime: state.TrainingEndTime,
    TrainingJobStatus: state.TrainingJobStatus,
    TunedHyperParameters: trial.tuned,
    FailureReason: state.FailureReason,
    ObjectiveStatus: !hasEnded ? 'Pending' : Value === undefined ? 'Failed' : 'Succeeded',
    ...(hasEnded &&
      Value !== undefined && { FinalHyperParameterTuningJobObjectiveMetric: { ...objective, Value } }),
  };
}

/** Draws a value from each range. */
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
