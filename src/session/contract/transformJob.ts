// Batch transforms, as every session starts and describes them.
import type { Channel, Job, TrainingJobStatus } from './jobs';

/** Settings of a batch transform. */
export interface TransformRequest {
  /** A folder that `upload()` returned. Its files are the parts, all JSON Lines (.jsonl) or all CSV (.csv). */
  input: Channel;
  /** Artifact of a finished training job: on this machine a folder, by its path or file:// address. */
  modelArtifact: string;
  /** Column of a CSV file that holds the headline, counted from 0. Required if there are several. */
  column?: number;
  /** Unique, at most 59 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** As in `TrainingRequest`. */
  instanceType?: string;
  /** Number of machines on AWS that share the parts. @default 1 */
  instanceCount?: number;
  /** Minutes after which `wait()` stops the job on AWS, since SageMaker does not. @default 60 */
  maxRuntimeMinutes?: number;
}

/** Progress of a batch transform. */
export interface TransformProgress {
  /** Number of input files. */
  parts: number;
  /** Number of parts whose results are complete. */
  partsDone: number;
  /** Number of headlines predicted so far; unknown on AWS until the results are read. */
  headlines: number | 'unknown';
}

/** State of a batch transform at one moment. */
export interface TransformJobDescription extends TransformProgress {
  name: string;
  status: TrainingJobStatus;
  /** Why it failed. Names invalid records with file and line. */
  failureReason?: string;
  /** Location of the results: for each part, a file of the same name with `.out` added. */
  output: string;
  /** Seconds from start to end, or to now; after `resume()`, from the last start. */
  seconds: number;
  /** Seconds of all machines together, as AWS bills them; 0 on this machine. */
  billableSeconds: number;
}

/** Callbacks for the progress of a batch transform while a caller waits. */
export interface TransformListener {
  /** Receives each change. */
  onProgress?(progress: TransformProgress): void;
  /** Receives each change of status, in a few words. */
  onStatus?(status: string): void;
  /** Ends the waiting, not the job. */
  signal?: AbortSignal;
}

/** A batch transform. When stopped, it keeps its finished parts. `delete()` removes its results and its record. */
export interface TransformJob extends Job<TransformJobDescription, TransformListener> {
  /** Starts the job again for the unfinished parts. Does nothing while it runs, or when all parts are finished. */
  resume(): Promise<void>;
  /**
   * Yields the results, one record a line, in the order of the parts' names and of their lines: each record of JSON Lines
   * with a member `SageMakerOutput`, each row of CSV followed by the label and the probabilities in the order of the labels.
   * Rejects with a `UserError` if a part is unfinished.
   */
  lines(): AsyncIterable<string>;
}
