// Training jobs of the rehearsal: what moto calls completed at once is run here, by container/train over a folder, through
// the statuses that SageMaker's jobs have.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { TrainingJob } from '../session/contract/session';
import { startTrainingJob } from '../session/local/trainingJob';
import type { Stage } from './stage';

/** As much of CreateTrainingJob's request as decides what is run. */
export interface JobRequest {
  TrainingJobName: string;
  AlgorithmSpecification?: { MetricDefinitions?: { Name: string; Regex: string }[] };
  HyperParameters?: Record<string, string>;
  Environment?: Record<string, string>;
  InputDataConfig?: { ChannelName: string; DataSource: { S3DataSource: { S3Uri: string } } }[];
  OutputDataConfig: { S3OutputPath: string };
  StoppingCondition: { MaxRuntimeInSeconds?: number };
  EnableManagedSpotTraining?: boolean;
}

/** What DescribeTrainingJob tells of it beside moto's answer. */
export interface JobState {
  TrainingJobStatus: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
  SecondaryStatus: string;
  SecondaryStatusTransitions: { Status: string; StartTime: number; StatusMessage: string }[];
  ModelArtifacts?: { S3ModelArtifacts: string };
  FailureReason?: string;
  /** What the log said last of each metric. */
  FinalMetricDataList?: { MetricName: string; Value: number; Timestamp: number }[];
  CreationTime: number;
  TrainingStartTime?: number;
  TrainingEndTime?: number;
  TrainingTimeInSeconds?: number;
  BillableTimeInSeconds?: number;
}

export interface RehearsedJob {
  readonly state: JobState;
  stop(): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

const failureReasonLength = 1024;
/** Of the seconds of a spare machine, what is billed: invented. */
const spotShare = 0.3;
const now = () => Date.now() / 1000;

/** @param stepSeconds how long each status lasts at the least */
export function rehearseJob(stage: Stage, request: JobRequest, stepSeconds: number): RehearsedJob {
  const state: JobState = {
    TrainingJobStatus: 'InProgress',
    SecondaryStatus: 'Starting',
    SecondaryStatusTransitions: [],
    CreationTime: now(),
  };
  let handle: TrainingJob | undefined;
  let isStopped = false;
  let isTooLong = false;
  const metrics = new Map<string, number>();
  const move = (status: string, message: string) => {
    state.SecondaryStatus = status;
    state.SecondaryStatusTransitions.push({ Status: status, StartTime: now(), StatusMessage: message });
  };
  const end = (status: 'Completed' | 'Failed' | 'Stopped', message: string, secondary: string = status) => {
    state.TrainingEndTime = now();
    const seconds = Math.ceil(state.TrainingEndTime - (state.TrainingStartTime ?? state.TrainingEndTime));
    const billed = Math.ceil(seconds * (request.EnableManagedSpotTraining ? spotShare : 1));
    Object.assign(state, { TrainingTimeInSeconds: seconds, BillableTimeInSeconds: billed });
    move(secondary, message);
    state.TrainingJobStatus = status;
  };
  const stop = () => {
    if (state.TrainingJobStatus !== 'InProgress') return;
    isStopped = true;
    state.TrainingJobStatus = 'Stopping';
    move('Stopping', 'Stopping the training job');
    void handle?.stop();
  };

  async function perform(): Promise<void> {
    const folder = join(stage.folder, 'jobs', `${request.TrainingJobName}-${Date.now()}`);
    move('Starting', 'Preparing the instances for training');
    await sleep(1000 * stepSeconds);
    if (isStopped) return end('Stopped', 'Training job was stopped before it began');
    state.TrainingStartTime = now();
    move('Downloading', 'Downloading input data');
    const channels = await downloadChannels(stage, request, folder);
    if (isStopped) return end('Stopped', 'Training job was stopped before it began');
    move('Training', 'Training image download completed. Training in progress.');
    const { description, stopTimer } = await train(folder, channels);
    stopTimer();
    if (description.modelArtifact) {
      if (!isStopped) move('Uploading', 'Uploading generated training model');
      const uri = `${request.OutputDataConfig.S3OutputPath}/${request.TrainingJobName}/output/model.tar.gz`;
      await stage.uploadArchive(description.modelArtifact, uri);
      state.ModelArtifacts = { S3ModelArtifacts: uri };
    }
    await rm(folder, { recursive: true, force: true });
    if (isTooLong)
      return end(
        'Stopped',
        'Training job runtime exceeded MaxRuntimeInSeconds provided',
        'MaxRuntimeExceeded',
      );
    if (isStopped) return end('Stopped', 'Training job stopped');
    if (description.status === 'Completed') return end('Completed', 'Training job completed');
    state.FailureReason = `AlgorithmError: ${description.failureReason}`.slice(0, failureReasonLength);
    end('Failed', 'Training job failed');
  }

  async function train(folder: string, channels: { name: string; uri: string }[]) {
    const { TrainingJobName, HyperParameters = {}, Environment = {}, StoppingCondition } = request;
    const program = stage.program('train');
    const log = await stage.openLog(
      '/aws/sagemaker/TrainingJobs',
      `${TrainingJobName}/algo-1-${Math.floor(now())}`,
    );
    const job = await startTrainingJob(
      join(folder, TrainingJobName),
      { channels, hyperparameters: HyperParameters },
      { ...program, environment: { ...program.environment, ...Environment } },
    );
    handle = job;
    if (isStopped) void job.stop();
    const stopAtLimit = () => {
      isTooLong = state.TrainingJobStatus === 'InProgress';
      stop();
    };
    const timer = setTimeout(stopAtLimit, 1000 * (StoppingCondition.MaxRuntimeInSeconds ?? 86_400));
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
    const Timestamp = now();
    state.FinalMetricDataList = [...metrics].map(([MetricName, Value]) => ({ MetricName, Value, Timestamp }));
    return { description: await job.describe(), stopTimer: () => clearTimeout(timer) };
  }

  const ended = perform().catch((error: Error) => {
    state.FailureReason = `InternalServerError: ${error.message}`;
    end('Failed', error.message);
  });
  return { state, stop, ended };
}

async function downloadChannels(stage: Stage, { InputDataConfig = [] }: JobRequest, folder: string) {
  const channels: { name: string; uri: string }[] = [];
  for (const { ChannelName, DataSource } of InputDataConfig) {
    const target = join(folder, 'channels', ChannelName);
    await stage.download(DataSource.S3DataSource.S3Uri, target);
    channels.push({ name: ChannelName, uri: pathToFileURL(target).href });
  }
  return channels;
}
