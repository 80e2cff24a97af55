// The seam between this machine and AWS, at the level of the work: what every session, training job and endpoint
// can do, wherever it runs. openSession.ts chooses the adapter; session.contract.ts is every adapter's test.
import type { Prediction } from './classifier';
import type { Hyperparameters } from './hyperparameters';
import type { EpochMetrics } from './metrics';

/** Data that has been uploaded, ready to be a training job's input. */
export interface Channel {
  /** The channel's name: training, validation or embeddings. */
  name: string;
  /** Where the data lies: file://… or s3://… */
  uri: string;
}

export interface TrainingRequest {
  /** What {@link Session.upload} returned. One must be named training. */
  channels: readonly Channel[];
  /** See `describeHyperparameters()`; those left out take their defaults. */
  hyperparameters?: Readonly<Partial<Hyperparameters>>;
  /** Unique, at most 63 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** The machine, such as ml.c5.2xlarge: rented on AWS, imitated by Docker's limits, of no effect on a process. */
  instanceType?: string;
}

export interface DeploymentOptions {
  /** Unique among the running endpoints, at most 63 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** See {@link TrainingRequest}. */
  instanceType?: string;
}

/** SageMaker's TrainingJobStatus. */
export type TrainingJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

export interface TrainingJobDescription {
  name: string;
  status: TrainingJobStatus;
  /** Why it failed, in the container's own words: the first 1,024 characters of its failure file. */
  failureReason?: string;
  /** Where the model artifact lies, once the job has completed or was stopped after learning something. */
  modelArtifact?: string;
  /** Seconds from start to end, or to now. */
  seconds: number;
  /** One entry for each finished epoch. */
  metrics: EpochMetrics[];
}

export interface TrainingListener {
  /** Each line of the job's log, once and in order, from its beginning. */
  onLog?(line: string): void;
  /** Each finished epoch. */
  onEpoch?(metrics: EpochMetrics): void;
}

export interface TrainingJob {
  readonly name: string;
  describe(): Promise<TrainingJobDescription>;
  /** Resolves when the job has completed or was stopped; rejects with a UserError when it failed. */
  wait(listener?: TrainingListener): Promise<TrainingJobDescription>;
  /** Asks the job to end; it keeps what it has learnt. Does nothing where it has ended. */
  stop(): Promise<void>;
  /** Stops the job and forgets it, its log and its artifact. */
  delete(): Promise<void>;
}

/** Answers headlines with predictions. */
export interface Predictor {
  predict(headline: string): Promise<Prediction>;
  /** In order, one for each. */
  predict(headlines: readonly string[]): Promise<Prediction[]>;
}

export interface Endpoint extends Predictor {
  readonly name: string;
  /** Where it answers. */
  readonly url: string;
  /** Stops answering and frees what it holds. Does nothing where it is gone. */
  delete(): Promise<void>;
}

/** Something that a session has started and that still runs (and on AWS is billed). */
export interface RunningResource {
  kind: 'training job' | 'endpoint';
  name: string;
}

export interface Session {
  readonly kind: SessionKind;
  /** One sentence: where the work is done. */
  readonly description: string;
  /** Puts a file, or every file of a folder, where training jobs can read it, as the channel of that name. */
  upload(path: string, channel: string): Promise<Channel>;
  /** Makes the container image available to jobs and endpoints; returns its name, or a sentence where none is needed. */
  publishImage(): Promise<string>;
  /** Starts a training job and returns at once; `wait()` on what it returns. */
  train(request: TrainingRequest): Promise<TrainingJob>;
  /** Starts an endpoint for a model artifact and returns when it answers. */
  deploy(modelArtifact: string, options?: DeploymentOptions): Promise<Endpoint>;
  /** The training job of that name, from this kernel or an earlier one. */
  attachTrainingJob(name: string): Promise<TrainingJob>;
  /** The running endpoint of that name. */
  attachEndpoint(name: string): Promise<Endpoint>;
  whatIsRunning(): Promise<RunningResource[]>;
  /** Stops training jobs and deletes endpoints; returns what was ended. Artifacts and logs stay. */
  cleanUp(): Promise<RunningResource[]>;
}

/** Where the work is done. */
export type SessionKind = 'process';
