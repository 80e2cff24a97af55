// The seam between this machine and AWS, at the level of the work: what every session, training job and endpoint
// can do, wherever it runs. openSession.ts chooses the adapter; session.contract.ts is every adapter's test.

import type { Hyperparameters } from '../../model/hyperparameters';
import type { Prediction } from '../../model/training/classifier';
import type { EpochMetrics } from '../../model/training/metrics';
import type { Lineage } from './lineage';
import type { TuningJob, TuningRequest } from './tuning';

/** Data that has been uploaded, ready to be a training job's input. */
export interface Channel {
  /** The channel's name: training, validation or embeddings. */
  name: string;
  /** Where the data lies: a path or file://… on this machine, or s3://… */
  uri: string;
}

/** What a training job is started with. */
export interface TrainingRequest {
  /** What `upload()` returned. One must be named training. */
  channels: readonly Channel[];
  /** See `describeHyperparameters()`; those left out take their defaults. */
  hyperparameters?: Readonly<Partial<Hyperparameters>>;
  /** Unique, at most 63 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** The machine, such as ml.c5.2xlarge: rented on AWS, imitated by Docker's limits, of no effect on a process. */
  instanceType?: string;
  /** Start it even where the same request is running or has completed, which on AWS is otherwise attached to. @default false */
  again?: boolean;
}

/** How an endpoint is to be. */
export interface DeploymentOptions {
  /** Unique among the running endpoints, at most 63 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** As in `TrainingRequest`. */
  instanceType?: string;
  /**
   * On AWS without a machine of its own, billed by the milliseconds of requests; `false` for a machine. Of no effect on this
   * machine. @default the session's `serverless`; `true` is 2,048 MB and five requests at a time
   */
  serverless?: boolean | { memoryMegabytes: number; concurrency: number };
}

/** SageMaker's TrainingJobStatus. */
export type TrainingJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

/** How a training job stands at one moment. */
export interface TrainingJobDescription {
  name: string;
  status: TrainingJobStatus;
  /** Why it failed, in the container's own words: the first 1,024 characters of its failure file. */
  failureReason?: string;
  /** Where the model artifact lies, once the job has completed or was stopped after learning something. */
  modelArtifact?: string;
  /** Seconds from start to end, or to now. */
  seconds: number;
  /** Of those, what AWS bills; 0 on this machine. */
  billableSeconds: number;
  /** One entry for each finished epoch. */
  metrics: EpochMetrics[];
  /** What to know before trusting the validation accuracy, a sentence each: the notes of `describeSplit()`. */
  notes: string[];
}

/** Whom a training job tells what it does, while somebody waits for it. */
export interface TrainingListener {
  /** Each line of the job's log, once and in order, from its beginning. */
  onLog?(line: string): void;
  /** Each finished epoch. */
  onEpoch?(metrics: EpochMetrics): void;
  /** Each change of its status, in a few words. */
  onStatus?(status: string): void;
  /** Ends the waiting, not the job. */
  signal?: AbortSignal;
}

/** A training job that was started, by this kernel or an earlier one. */
export interface TrainingJob {
  readonly name: string;
  /** What interrupting the kernel is to do to it while a cell waits for it. */
  readonly onInterrupt: 'detach' | 'stop';
  /** How it stands now. */
  describe(): Promise<TrainingJobDescription>;
  /** Resolves when the job has completed or was stopped; rejects with a `UserError` when it failed. */
  wait(listener?: TrainingListener): Promise<TrainingJobDescription>;
  /** Asks the job to end; it keeps what it has learnt. Does nothing where it has ended. */
  stop(): Promise<void>;
  /** Stops the job and forgets it, its log and its artifact. */
  delete(): Promise<void>;
}

/** What a batch transform is started with. */
export interface TransformRequest {
  /** What `upload()` returned: a folder whose files are the parts, all of JSON Lines (.jsonl) or all of CSV (.csv). */
  input: Channel;
  /** The one of a finished training job: on this machine a folder, by its path or file:// address. */
  modelArtifact: string;
  /** The column of a CSV that holds the headline, counted from 0. Needed where there are several. */
  column?: number;
  /** Unique, at most 59 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** As in `TrainingRequest`. */
  instanceType?: string;
  /** On AWS, how many machines the parts are divided among. @default 1 */
  instanceCount?: number;
  /** On AWS, after which whoever waits for the job stops it, since SageMaker does not. @default 60 */
  maxRuntimeMinutes?: number;
}

/** How far a batch transform is. */
export interface TransformProgress {
  /** Files of the input. */
  parts: number;
  /** Those whose results are whole. */
  partsDone: number;
  /** Headlines answered by now; on AWS it is not known before the results are read. */
  headlines: number | 'unknown';
}

/** How a batch transform stands at one moment. */
export interface TransformJobDescription extends TransformProgress {
  name: string;
  status: TrainingJobStatus;
  /** Why it failed. Invalid records are named with their files and lines. */
  failureReason?: string;
  /** Where the results lie: for each part a file of its name with `.out` added. */
  output: string;
  /** Seconds from start to end, or to now; after `resume()`, those of the last start. */
  seconds: number;
  /** The same, for all machines together, as AWS bills it; 0 on this machine. */
  billableSeconds: number;
}

/** Whom a batch transform tells what it does, while somebody waits for it. */
export interface TransformListener {
  /** Each change. */
  onProgress?(progress: TransformProgress): void;
  /** Each change of its status, in a few words. */
  onStatus?(status: string): void;
  /** Ends the waiting, not the job. */
  signal?: AbortSignal;
}

/** A batch transform that was started, by this kernel or an earlier one. */
export interface TransformJob {
  readonly name: string;
  /** What interrupting the kernel is to do to it while a cell waits for it. */
  readonly onInterrupt: 'detach' | 'stop';
  /** How it stands now. */
  describe(): Promise<TransformJobDescription>;
  /** Resolves when the job has completed or was stopped; rejects with a `UserError` when it failed. */
  wait(listener?: TransformListener): Promise<TransformJobDescription>;
  /** Asks the job to end. Parts that are done stay done. Does nothing where it has ended. */
  stop(): Promise<void>;
  /** Starts it again, for the parts that are not done. Does nothing where it runs, or where all are done. */
  resume(): Promise<void>;
  /**
   * The results, a record a line, in the order of the parts' names and of their lines: each record of JSON Lines with a
   * member `SageMakerOutput`, each row of CSV with the label and the probabilities in the labels' order appended. Rejects
   * with a `UserError` where a part is not done.
   */
  lines(): AsyncIterable<string>;
  /** Stops the job and removes its results; what this machine knows of it is forgotten. */
  delete(): Promise<void>;
}

/** A prediction, and how long it took to come. */
export interface TimedPrediction extends Prediction {
  /** Milliseconds from the request to its answer; of a list's headlines, of the request that each was in. */
  latency: number;
  /** Which model has answered: `session.lineage()` leads from it to job, data and code. Absent where a container does not say. */
  model?: string;
}

/** Between how many machines an endpoint goes with its traffic. */
export interface Scale {
  /** Never fewer. @default 1 */
  from?: number;
  /** Never more; so many times the price of one is the most that it costs. */
  to: number;
  /**
   * What one machine is to take: above it another is started, far below it one is ended. `loadTest()` finds what one holds;
   * leave room, since a machine takes minutes to start. @default 10
   */
  requestsPerSecond?: number;
  /** After one was started, until the next is. @default 60 */
  outCooldownSeconds?: number;
  /** After one was ended, until the next is. @default 300 */
  inCooldownSeconds?: number;
}

/** Answers headlines with predictions. */
export interface Predictor {
  /** Of one headline. */
  predict(headline: string): Promise<TimedPrediction>;
  /** In order, one for each. */
  predict(headlines: readonly string[]): Promise<TimedPrediction[]>;
}

/** A model that answers until it is deleted. */
export interface Endpoint extends Predictor {
  readonly name: string;
  /** Where it answers. */
  readonly url: string;
  /**
   * Goes over to another model artifact, under the same name and on the same machine. What is not fit to answer is
   * refused, and the old artifact goes on answering. On AWS it answers all the while; on this machine there is a second or
   * two in between.
   */
  update(modelArtifact: string): Promise<void>;
  /**
   * Lets the endpoint grow and shrink with its traffic, and returns what was set up, in a sentence. On AWS the most that
   * it may cost is set aside first. On this machine so many processes answer, as far as there are processors for them, and
   * their number stays; the first time there is a second or two without an answer. Calling it again changes the bounds;
   * no request is lost when it shrinks.
   */
  scale(scale: Scale): Promise<string>;
  /** Stops answering and frees what it holds. Does nothing where it is gone. */
  delete(): Promise<void>;
}

/** What answering costs, by the machine and without one, in US dollars. */
export interface HostingPrices {
  instanceType: string;
  dollarsPerHour: number | 'unknown';
  /** Of a serverless endpoint. */
  memoryMegabytes: number;
  /** Of one request, while it is being answered there. */
  dollarsPerSecond: number | 'unknown';
}

/** Something that a session has started and that still runs (and on AWS is billed). */
export interface RunningResource {
  /**
   * A tuning job costs nothing beside its trials, which are training jobs. A notebook instance is shown and never ended.
   * Configurations, models and scalable targets without an endpoint and unfinished uploads are what a kernel that was
   * killed may leave: only `cleanUp()` names them.
   */
  kind:
    | 'training job'
    | 'transform job'
    | 'tuning job'
    | 'endpoint'
    | 'notebook instance'
    | 'endpoint configuration'
    | 'model'
    | 'scalable target'
    | 'unfinished upload';
  name: string;
  /** Since it was started. */
  seconds: number;
  /** US dollars; 0 on this machine. */
  dollarsPerHour: number | 'unknown';
  /** The same for the time since then. */
  dollarsSoFar: number | 'unknown';
}

/** What `cleanUp()` is to end. */
export interface CleanUpOptions {
  /** Only say what would be ended. @default false */
  dryRun?: boolean;
  /** Leave what was started less than so many seconds ago. @default 0 */
  olderThan?: number;
}

/** One thing that was looked at before it could fail. */
export interface Check {
  check: string;
  result: 'ok' | 'fails' | 'not known';
  /** What was found. */
  finding: string;
  /** What to do; empty where nothing is. */
  remedy: string;
}

/**
 * Everything that is done with a machine: the same verbs on every kind of session. They reject with a `UserError`
 * where something that they were given does not exist or does not fit.
 * @example
 * ```ts
 * const channel = await session.upload('../output/some.csv', 'training');
 * const job = await session.train({ channels: [channel], hyperparameters: { epochs: 3 } });
 * const result = await job.wait();
 * console.log(result.status, result.metrics.length); // Completed 3
 * ```
 *
 * ```ts
 * const endpoint = await session.deploy(result.modelArtifact!);
 * const answer = await endpoint.predict('Bank shares rise');
 * console.log(answer.result); // Business
 * const ended = await session.cleanUp();
 * console.log(ended.length); // 1
 * ```
 *
 * ```ts
 * const tuning = await session.tune({
 *   channels: [channel],
 *   ranges: { learning_rate: { from: 0.001, to: 0.03, scale: 'log' }, class_weights: ['none', 'balanced'] },
 *   trials: 2,
 * });
 * const tuned = await tuning.wait();
 * console.log(tuned.trials.length, tuned.best?.status); // 2 Completed
 * ```
 */
export interface Session {
  readonly kind: SessionKind;
  /** One sentence: where the work is done. */
  readonly description: string;
  /** What would fail later, each with its remedy, found out in seconds and without changing anything. */
  preflight(): Promise<Check[]>;
  /**
   * Puts a file, or every data file of a folder, where jobs can read it, as the channel of that name. Passes over hidden and
   * empty files, READMEs and what systems and editors leave behind, and says so.
   * @param path a path or a file:// address
   */
  upload(path: string, channel: string): Promise<Channel>;
  /** Makes the container image available to jobs and endpoints; returns its name, or a sentence where none is needed. */
  publishImage(): Promise<string>;
  /** Starts a training job and returns at once; `wait()` on what it returns. */
  train(request: TrainingRequest): Promise<TrainingJob>;
  /** Starts a tuning job, whose trials are training jobs, and returns at once; `wait()` on what it returns. */
  tune(request: TuningRequest): Promise<TuningJob>;
  /**
   * Starts an endpoint for the model artifact of a finished job and returns when it answers. On this machine the artifact
   * is a folder, named by its path or file:// address.
   */
  deploy(modelArtifact: string, options?: DeploymentOptions): Promise<Endpoint>;
  /** The names of the training jobs that can be attached to, the latest first. */
  trainingJobs(): Promise<string[]>;
  /** The training job of that name, from this kernel or an earlier one. */
  attachTrainingJob(name: string): Promise<TrainingJob>;
  /** The names of the tuning jobs that can be attached to, the latest first. */
  tuningJobs(): Promise<string[]>;
  /** The tuning job of that name. On this machine, one whose kernel is gone goes on from the trials that have ended. */
  attachTuningJob(name: string): Promise<TuningJob>;
  /** The running endpoint of that name. */
  attachEndpoint(name: string): Promise<Endpoint>;
  /**
   * Starts answering many headlines, from files to files, and returns at once; `wait()` on what it returns. An invalid
   * record is named with its file and line: on AWS here, before anything is billed; on this machine by `wait()`.
   */
  transform(request: TransformRequest): Promise<TransformJob>;
  /** The batch transform of that name, from this kernel or an earlier one. */
  attachTransformJob(name: string): Promise<TransformJob>;
  /** What the model was made of that a prediction names in `model`: from this kernel or an earlier one. */
  lineage(model: string): Promise<Lineage>;
  /**
   * What endpoints cost on that machine (default: the session's) and without one, from AWS's price list; unknown on this
   * machine, which asks nobody.
   */
  hostingPrices(instanceType?: string): Promise<HostingPrices>;
  /** The jobs and endpoints that run now, also those of an earlier kernel. */
  whatIsRunning(): Promise<RunningResource[]>;
  /** Stops jobs and deletes endpoints; returns what was ended, or would be. Artifacts, results and logs stay. */
  cleanUp(options?: CleanUpOptions): Promise<RunningResource[]>;
}

/** Where the work is done. */
export type SessionKind = 'process' | 'docker' | 'aws';
