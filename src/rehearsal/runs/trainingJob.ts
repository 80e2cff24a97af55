// A training job: container/train runs over a folder, and the job passes through SageMaker's statuses.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrainingJob } from '../../session/contract/session';
import { startTrainingJob } from '../../session/local/trainingJob';
import type { Clock } from './clock';
import type { Stage } from './stage';

/** The part of a CreateTrainingJob request that affects the run. */
export interface TrainingJobRequest {
  TrainingJobName: string;
  AlgorithmSpecification?: { MetricDefinitions?: { Name: string; Regex: string }[] };
  HyperParameters?: Record<string, string>;
  Environment?: Record<string, string>;
  InputDataConfig?: { ChannelName: string; DataSource: { S3DataSource: { S3Uri: string } } }[];
  OutputDataConfig: { S3OutputPath: string };
  StoppingCondition: { MaxRuntimeInSeconds?: number };
  RetryStrategy?: { MaximumRetryAttempts: number };
  EnableManagedSpotTraining?: boolean;
  RoleArn?: string;
  ResourceConfig?: {
    InstanceType?: string;
    InstanceCount?: number;
    InstancePreferences?: { InstanceType: string; InstanceCount?: number }[];
    SelectedInstanceType?: string;
    SelectedInstanceCount?: number;
    KeepAlivePeriodInSeconds?: number;
  };
  VpcConfig?: object;
  EnableInterContainerTrafficEncryption?: boolean;
  EnableNetworkIsolation?: boolean;
  /** Of a trial. */
  TuningJobArn?: string;
}

/** The part of a DescribeTrainingJob response that changes during the run. */
interface JobState {
  TrainingJobStatus: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
  SecondaryStatus: string;
  SecondaryStatusTransitions: { Status: string; StartTime: number; StatusMessage: string }[];
  ModelArtifacts?: { S3ModelArtifacts: string };
  FailureReason?: string;
  /** The last value of each metric in the log. */
  FinalMetricDataList?: { MetricName: string; Value: number; Timestamp: number }[];
  CreationTime: number;
  TrainingStartTime?: number;
  TrainingEndTime?: number;
  TrainingTimeInSeconds?: number;
  BillableTimeInSeconds?: number;
}

/** The history of a job's instance. Times are in seconds since 1970. */
export interface Pool {
  /** Whether the job started on an instance that another had kept. */
  isReusing: boolean;
  reused?: { by: string; at: number };
  terminatedAt?: number;
}

export interface RehearsedJob {
  readonly request: TrainingJobRequest;
  readonly state: JobState;
  readonly pool: Pool;
  stop(): void;
  /** Resolves when the job has ended. */
  readonly ended: Promise<void>;
}

/** Settings of a job's run. */
export interface JobOptions {
  clock: Clock;
  /** Shortest time in each status before training. */
  stepSeconds: number;
  /** Whether it starts on an instance that another job has kept. @default false */
  isReusing?: boolean;
  /** Whether an attempt, counted from 1, ends with an error of SageMaker's own. @default none does */
  breaksDown?: (job: string, attempt: number) => boolean;
  /** Whether AWS has a free instance of a type. @default of every type */
  hasFree?: (instanceType: string) => boolean;
}

const failureReasonLength = 1024;
const noCapacity =
  'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.';
/** Share of a spot instance's seconds that is billed; an invented figure. */
const spotShare = 0.3;

/** A job under way: its state, and the two ways to change its status. */
interface Progress {
  readonly state: JobState;
  move(status: string, message: string): void;
  end(status: 'Completed' | 'Failed' | 'Stopped', message: string, secondary?: string): void;
}

function begin(request: TrainingJobRequest, clock: Clock): Progress {
  const state: JobState = {
    TrainingJobStatus: 'InProgress',
    SecondaryStatus: 'Starting',
    SecondaryStatusTransitions: [],
    CreationTime: clock.now(),
  };
  const move = (status: string, message: string) => {
    state.SecondaryStatus = status;
    state.SecondaryStatusTransitions.push({ Status: status, StartTime: clock.now(), StatusMessage: message });
  };
  move('Starting', 'Preparing the instances for training');
  return {
    state,
    move,
    end(status, message, secondary = status) {
      state.TrainingEndTime = clock.now();
      const seconds = Math.ceil(state.TrainingEndTime - (state.TrainingStartTime ?? state.TrainingEndTime));
      state.TrainingTimeInSeconds = seconds;
      state.BillableTimeInSeconds = Math.ceil(seconds * (request.EnableManagedSpotTraining ? spotShare : 1));
      move(secondary, message);
      state.TrainingJobStatus = status;
    },
  };
}

/**
 * Starts a training job, and starts it again after an error that is not the container's.
 */
export function rehearseJob(
  stage: Stage,
  request: TrainingJobRequest,
  { clock, stepSeconds, isReusing = false, breaksDown = () => false, hasFree = () => true }: JobOptions,
): RehearsedJob {
  const { state, move, end } = begin(request, clock);
  let handle: TrainingJob | undefined;
  let isStopped = false;
  let isTooLong = false;
  const stop = () => {
    if (state.TrainingJobStatus !== 'InProgress') return;
    isStopped = true;
    state.TrainingJobStatus = 'Stopping';
    move('Stopping', 'Stopping the training job');
    void handle?.stop();
  };
  const stopAtLimit = () => {
    isTooLong = state.TrainingJobStatus === 'InProgress';
    stop();
  };

  async function perform(attempt: number): Promise<void> {
    const { TrainingJobName: name } = request;
    const folder = join(stage.folder, 'jobs', `${name}-${attempt}-${Date.now()}`);
    await clock.sleep(isReusing ? 0 : stepSeconds);
    if (isStopped) return end('Stopped', 'Training job was stopped before it began');
    if (!chooseInstance(request, hasFree)) {
      state.FailureReason = noCapacity;
      return end('Failed', 'Training job failed');
    }
    if (breaksDown(name, attempt)) throw new Error('We encountered an internal error. Please try again.');
    state.TrainingStartTime = clock.now();
    move('Downloading', 'Downloading input data');
    const channels = await downloadChannels(stage, request, folder);
    await clock.sleep(stepSeconds);
    if (isStopped) return end('Stopped', 'Training job was stopped before it began');
    move('Training', 'Training image download completed. Training in progress.');
    handle = await startContainer(stage, request, { folder, channels });
    if (isStopped) void handle.stop();
    // The container runs in real time, so its time limit does too.
    const timer = setTimeout(stopAtLimit, 1000 * (request.StoppingCondition.MaxRuntimeInSeconds ?? 86_400));
    const following = followLog(stage, { request, job: handle, clock });
    state.FinalMetricDataList = await following.finally(() => clearTimeout(timer));
    const { modelArtifact, status, failureReason } = await handle.describe();
    if (modelArtifact) {
      if (!isStopped) move('Uploading', 'Uploading generated training model');
      const uri = `${request.OutputDataConfig.S3OutputPath}/${request.TrainingJobName}/output/model.tar.gz`;
      await stage.uploadArchive(modelArtifact, uri);
      state.ModelArtifacts = { S3ModelArtifacts: uri };
    }
    await rm(folder, { recursive: true, force: true });
    if (isTooLong) {
      return end(
        'Stopped',
        'Training job runtime exceeded MaxRuntimeInSeconds provided',
        'MaxRuntimeExceeded',
      );
    }
    if (isStopped) return end('Stopped', 'Training job stopped');
    if (status === 'Completed') return end('Completed', 'Training job completed');
    state.FailureReason = `AlgorithmError: ${failureReason}`.slice(0, failureReasonLength);
    end('Failed', 'Training job failed');
  }

  async function performWithRetries(attempt = 1): Promise<void> {
    try {
      await perform(attempt);
    } catch (error) {
      if (attempt > (request.RetryStrategy?.MaximumRetryAttempts ?? 0)) throw error;
      move('Starting', 'Starting the training job again after an internal error');
      await performWithRetries(attempt + 1);
    }
  }

  const ended = performWithRetries().catch((error: Error) => {
    state.FailureReason = `InternalServerError: ${error.message}`;
    end('Failed', error.message);
  });
  return { request, state, pool: { isReusing }, stop, ended };
}

/** Chooses the first free instance type, and returns whether there is one. */
function chooseInstance(
  { ResourceConfig: config = {} }: TrainingJobRequest,
  hasFree: (instanceType: string) => boolean,
): boolean {
  const { InstanceType = '', InstanceCount = 1, InstancePreferences } = config;
  if (!InstancePreferences) return hasFree(InstanceType);
  const chosen = InstancePreferences.find((one) => hasFree(one.InstanceType));
  if (!chosen) return false;
  config.SelectedInstanceType = chosen.InstanceType;
  config.SelectedInstanceCount = chosen.InstanceCount ?? InstanceCount;
  return true;
}

async function startContainer(
  stage: Stage,
  { TrainingJobName, HyperParameters = {}, Environment = {} }: TrainingJobRequest,
  { folder, channels }: { folder: string; channels: { name: string; uri: string }[] },
): Promise<TrainingJob> {
  const program = stage.program('train');
  return await startTrainingJob(
    join(folder, TrainingJobName),
    { channels, hyperparameters: HyperParameters },
    { ...program, environment: { ...program.environment, ...Environment } },
  );
}

/** Copies the job's log to CloudWatch until the job ends, and returns the last value of each metric. */
async function followLog(
  stage: Stage,
  { request, job, clock }: { request: TrainingJobRequest; job: TrainingJob; clock: Clock },
): Promise<NonNullable<JobState['FinalMetricDataList']>> {
  const stream = `${request.TrainingJobName}/algo-1-${Math.floor(clock.now())}`;
  const log = await stage.openLog('/aws/sagemaker/TrainingJobs', stream);
  const metrics = new Map<string, number>();
  const onLog = (line: string) => {
    log.write(line);
    for (const { Name, Regex } of request.AlgorithmSpecification?.MetricDefinitions ?? []) {
      const found = new RegExp(Regex).exec(line)?.[1];
      // CloudWatch rejects NaN and infinite values.
      if (Number.isFinite(Number(found))) metrics.set(Name, Number(found));
    }
  };
  await job.wait({ onLog }).catch(() => undefined);
  await log.flush();
  const Timestamp = clock.now();
  return [...metrics].map(([MetricName, Value]) => ({ MetricName, Value, Timestamp }));
}

async function downloadChannels(stage: Stage, { InputDataConfig = [] }: TrainingJobRequest, folder: string) {
  const channels: { name: string; uri: string }[] = [];
  for (const { ChannelName, DataSource } of InputDataConfig) {
    const target = join(folder, 'channels', ChannelName);
    await stage.download(DataSource.S3DataSource.S3Uri, target);
    channels.push({ name: ChannelName, uri: pathToFileURL(target).href });
  }
  return channels;
}
