// The interface of every session, on this machine and on AWS. session/open.ts chooses the adapter, and
// testing/sessionContract.ts tests each adapter.
import type { DeploymentOptions, Endpoint, HostingPrices } from './endpoint';
import type { Channel, TrainingJob, TrainingRequest } from './jobs';
import type { Lineage } from './lineage';
import type { RegisteredModel, RegisterOptions } from './registeredModel';
import type { TransformJob, TransformRequest } from './transformJob';
import type { TuningJob, TuningRequest } from './tuning';

export type * from './endpoint';
export type * from './jobs';
export type * from './transformJob';

/** A job or endpoint of a session that still runs (and on AWS is billed). */
export interface RunningResource {
  /**
   * A tuning job costs nothing besides its trials, which are training jobs. A warm pool is the instance that AWS keeps after a
   * training job, and has its name. A notebook instance is listed but never ended.
   * A killed kernel may leave configurations, models, scalable targets, schedules and alarms without an endpoint, and unfinished uploads: only
   * `cleanUp()` lists them.
   */
  kind:
    | 'training job'
    | 'warm pool'
    | 'transform job'
    | 'tuning job'
    | 'endpoint'
    | 'notebook instance'
    | 'endpoint configuration'
    | 'model'
    | 'scalable target'
    | 'schedule'
    | 'alarm'
    | 'unfinished upload'
    | 'stored data'
    | 'registered model'
    | 'images';
  name: string;
  /** Seconds since its start. */
  seconds: number;
  /** Price in US dollars; 0 on this machine. */
  dollarsPerHour: number | 'unknown';
  /** Cost since its start, in US dollars. */
  dollarsSoFar: number | 'unknown';
  /** When AWS ends an endpoint or a warm pool, such as `2026-11-30 14:05 UTC`. Absent for an endpoint whose end the ledger does not know. */
  ends?: string;
}

/** Options of `cleanUp()`. */
export interface CleanUpOptions {
  /** Only lists what would be ended. @default false */
  dryRun?: boolean;
  /**
   * On AWS, also deletes what this project has stored according to its ledger: uploads, artifacts, results, checkpoints,
   * captured requests, registered models, and images. No effect on this machine. @default false
   */
  data?: boolean;
  /** Keeps everything that was started less than this many seconds ago. @default 0 */
  olderThan?: number;
}

/** Result of one check of `preflight()`. */
export interface Check {
  check: string;
  result: 'ok' | 'fails' | 'not known';
  /** Description of the state found. */
  finding: string;
  /** Action to take; empty if none is needed. */
  remedy: string;
}

/**
 * Trains, tunes, deploys and predicts, with the same methods on every kind of session. They reject with a `UserError` if
 * something they are given does not exist or is invalid.
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
  /** One sentence on where the work is done. */
  readonly description: string;
  /** Checks in seconds, and without changing anything, what would fail later; each row has a remedy. */
  preflight(): Promise<Check[]>;
  /**
   * Uploads a file, or every data file of a folder, as the channel of that name. Skips hidden and empty files, READMEs, and
   * files that systems and editors leave behind, and lists them.
   * @param path a path or a file:// address
   */
  upload(path: string, channel: string): Promise<Channel>;
  /** Makes the container image available to jobs and endpoints; returns its name, or a sentence if none is needed. */
  publishImage(): Promise<string>;
  /** Starts a training job and returns at once. Call `wait()` on the result. */
  train(request: TrainingRequest): Promise<TrainingJob>;
  /** Starts a tuning job, whose trials are training jobs, and returns at once. Call `wait()` on the result. */
  tune(request: TuningRequest): Promise<TuningJob>;
  /**
   * Starts an endpoint for the model artifact of a finished job, or for an approved version of the registry, and resolves when
   * it answers. On this machine the artifact is a folder: give its path or file:// address.
   */
  deploy(model: string | RegisteredModel, options?: DeploymentOptions): Promise<Endpoint>;
  /**
   * Registers a model artifact as the next version of a group. Once approved, it can be deployed: `deploy(model)`. On AWS this
   * is SageMaker's model registry, which costs nothing; on this machine, a file in the session's folder.
   */
  register(modelArtifact: string, options?: RegisterOptions): Promise<RegisteredModel>;
  /** Returns the versions of a group, latest first. @param group default: headlines-classifier */
  registeredModels(group?: string): Promise<RegisteredModel[]>;
  /** Lists the names of the training jobs you can attach to, latest first. */
  trainingJobs(): Promise<string[]>;
  /** Attaches to the training job of that name, from this kernel or an earlier one. */
  attachTrainingJob(name: string): Promise<TrainingJob>;
  /** Lists the names of the tuning jobs you can attach to, latest first. */
  tuningJobs(): Promise<string[]>;
  /** Attaches to the tuning job of that name. On this machine, a search whose kernel is gone continues from the finished trials. */
  attachTuningJob(name: string): Promise<TuningJob>;
  /** Attaches to the running endpoint of that name. */
  attachEndpoint(name: string): Promise<Endpoint>;
  /**
   * Starts to predict many headlines, from files to files, and returns at once. Call `wait()` on the result. An error names
   * an invalid record with its file and line: on AWS here, before anything is billed; on this machine from `wait()`.
   */
  transform(request: TransformRequest): Promise<TransformJob>;
  /** Attaches to the batch transform of that name, from this kernel or an earlier one. */
  attachTransformJob(name: string): Promise<TransformJob>;
  /** Returns the job, data and code behind the model that a prediction names in `model`. */
  lineage(model: string): Promise<Lineage>;
  /**
   * Returns the cost of an endpoint on that machine (default: the session's) and of a serverless one, from AWS's price list;
   * 'unknown' in a session on this machine.
   */
  hostingPrices(instanceType?: string): Promise<HostingPrices>;
  /** Lists the jobs and endpoints that run now, including those of an earlier kernel. */
  whatIsRunning(): Promise<RunningResource[]>;
  /** Stops jobs and deletes endpoints; returns what it ended, or would end. Artifacts, results and logs stay. */
  cleanUp(options?: CleanUpOptions): Promise<RunningResource[]>;
}

/** Kind of session: where the work is done. */
export type SessionKind = 'process' | 'docker' | 'aws';
