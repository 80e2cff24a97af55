// Training jobs, as every session starts and describes them.
import type { Hyperparameters } from '../../model/hyperparameters';
import type { EpochMetrics } from '../../model/training/metrics';
import type { Network, OwnHyperparameters } from '../../model/training/networkFunction';

/** Uploaded data, ready to be the input of a job. */
export interface Channel {
  /** The channel's name: training, validation, embeddings, pretrained or code. */
  name: string;
  /** Location of the data: a path or file:// address on this machine, or an s3:// address. */
  uri: string;
}

/** The hyperparameters of a request and, if you have written one, its network. */
// TypeScript explains a mistake by the last member, so the usual one is last.
export type NetworkChoice =
  | {
      /** A network of your own: the result of `readNetwork()` or `defineNetwork()`. Its architecture is `own`. */
      network: Network;
      /** Hyperparameters of `describeHyperparameters()` and of the network. The default applies to any that you omit. */
      hyperparameters?: Readonly<Partial<Hyperparameters>> & OwnHyperparameters;
    }
  | {
      network?: undefined;
      /** See `describeHyperparameters()`. The default applies to any that you omit. */
      hyperparameters?: Readonly<Partial<Hyperparameters>>;
    };

/** Settings of a training job. */
export type TrainingRequest = TrainingSettings & NetworkChoice;

/** Settings of a training job besides hyperparameters and network. */
export interface TrainingSettings {
  /** Channels that `upload()` returned. One must be named training. */
  channels: readonly Channel[];
  /** Unique, at most 63 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** Instance type, such as ml.c5.2xlarge: rented on AWS, imitated by Docker's limits, without effect on a process. */
  instanceType?: string;
  /**
   * Instead of `instanceType`, one to five instance types in order of preference: AWS takes the first type with a free instance.
   * The price is that of the dearest. Not with spot instances. Docker imitates the first.
   */
  instances?: readonly string[];
  /**
   * Seconds, at most 3,600, for which AWS keeps the job's instance afterwards, so that the next job on the same instance type
   * starts in seconds; they are billed and counted in the budget. Not with spot instances. No effect on this machine, where
   * a job starts at once. @default the instance ends with the job
   */
  keepAlive?: number;
  /**
   * Times, at most 30, that SageMaker starts the job again after an error of its own, never after one of the container. The
   * time limit covers all attempts together, so the highest cost stays the same. No effect on this machine. @default 0
   */
  retries?: number;
  /** Starts the job even if AWS has run or is running an identical one, which you would otherwise attach to. @default false */
  again?: boolean;
}

/** SageMaker's TrainingJobStatus. */
export type TrainingJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

/** State of a training job at one moment. */
export interface TrainingJobDescription {
  name: string;
  status: TrainingJobStatus;
  /** Why it failed: the first 1,024 characters of the container's failure file. */
  failureReason?: string;
  /** Location of the model artifact, once the job has completed or was stopped after it learned something. */
  modelArtifact?: string;
  /** Seconds from start to end, or to now. */
  seconds: number;
  /** Seconds that AWS bills; 0 on this machine. */
  billableSeconds: number;
  /** One entry for each finished epoch. */
  metrics: EpochMetrics[];
  /** Warnings about the validation accuracy, one sentence each: the notes of `describeSplit()`. */
  notes: string[];
}

/** Callbacks for a training job's progress while a caller waits. */
export interface TrainingListener {
  /** Receives each line of the job's log, once and in order, from the beginning. */
  onLog?(line: string): void;
  /** Receives the metrics of each finished epoch. */
  onEpoch?(metrics: EpochMetrics): void;
  /** Receives each change of status, in a few words. */
  onStatus?(status: string): void;
  /** Ends the waiting, not the job. */
  signal?: AbortSignal;
}

/** A job that this kernel or an earlier one has started. */
export interface Job<Description, Listener> {
  readonly name: string;
  /** Effect on the job when you interrupt the kernel while a cell waits for it. */
  readonly onInterrupt: 'detach' | 'stop';
  /** Returns the current state. */
  describe(): Promise<Description>;
  /** Resolves when the job has completed or was stopped; rejects with a `UserError` when it failed. */
  wait(listener?: Listener): Promise<Description>;
  /** Asks the job to end; it keeps what it has finished. Does nothing after its end. */
  stop(): Promise<void>;
  /** Stops the job and removes it with its records, logs and results. */
  delete(): Promise<void>;
}

/** A training job. When stopped, it keeps what it has learned. `delete()` removes its log and its artifact, too. */
export type TrainingJob = Job<TrainingJobDescription, TrainingListener>;

/** The session's method that attaches to a job, by kind of job. */
export const attachVerbs = {
  'training job': 'attachTrainingJob',
  'tuning job': 'attachTuningJob',
  'batch transform': 'attachTransformJob',
} as const;

/** A kind of job that a cell can wait for. */
export type JobKind = keyof typeof attachVerbs;
