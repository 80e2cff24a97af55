// Training many times to find the hyperparameters that do best: what a tuning job is asked for and what it tells,
// wherever it runs. searchSpace.ts checks its ranges, search.ts proposes its trials on this machine.
import type { Hyperparameters } from '../../model/hyperparameters';
import type { TrainingJobStatus, TrainingRequest } from './jobs';

/** A range of numbers to search, both ends included. */
export interface SearchedNumber {
  from: number;
  to: number;
  /** log: from 0.001 to 0.01 is as far as from 0.01 to 0.1; `from` must then be above 0. @default linear */
  scale?: 'linear' | 'log';
}

/** What is searched, by hyperparameter: a range where it is a number, or a list of choices. */
export type SearchRanges = {
  readonly [Name in keyof Hyperparameters]?:
    | readonly Hyperparameters[Name][]
    | (Hyperparameters[Name] extends number ? SearchedNumber : never);
};

/** What trials are compared by: a figure that every epoch logs. Losses are to be small, accuracies large. */
export type Objective = 'validation_accuracy' | 'validation_loss' | 'accuracy' | 'loss';

/**
 * How the next trial is chosen. random spreads trials over the ranges; hyperband does too, and soon stops those that are
 * behind others after as many epochs. bayesian learns from the trials so far: it is SageMaker's, and runs on AWS only.
 */
export type SearchStrategy = 'bayesian' | 'hyperband' | 'random';

/** What a tuning job is started with. */
export interface TuningRequest extends Pick<TrainingRequest, 'channels' | 'instanceType' | 'again'> {
  /** What is searched: at most 30 hyperparameters, within what `describeHyperparameters()` shows. */
  ranges: SearchRanges;
  /** Those that are the same in every trial; those left out take their defaults. */
  hyperparameters?: Readonly<Partial<Hyperparameters>>;
  /** Training jobs in all. @default 10 */
  trials?: number;
  /** Training jobs at once. @default 2 */
  parallel?: number;
  /** @default random on this machine, bayesian on AWS */
  strategy?: SearchStrategy;
  /** @default validation_accuracy */
  objective?: Objective;
  /** Stops a trial that does worse than half of the others after as many epochs; hyperband has its own way. @default false */
  earlyStopping?: boolean;
  /** Of the search: the same seed proposes the same first trials. @default 1 */
  seed?: number;
  /** After which a trial is stopped. @default 30; on AWS the session's option maxRuntimeMinutes */
  maxTrialMinutes?: number;
  /** Spare machines, on AWS. @default the session's option spot */
  spot?: boolean;
  /** Unique, at most 32 letters, digits and hyphens. @default made from the time */
  name?: string;
}

/** One training job of a tuning job. */
export interface Trial {
  /** The training job's: `session.attachTrainingJob()` takes it. */
  name: string;
  status: TrainingJobStatus;
  /** Those that are searched. */
  hyperparameters: Readonly<Record<string, string | number>>;
  /** What it reported last, once it has ended. */
  objective?: number;
  /** Why it failed, in the container's own words, or was stopped. */
  reason?: string;
  /** Where its model artifact lies, once it has ended and learnt something. */
  modelArtifact?: string;
  /** Seconds from start to end, or to now. */
  seconds: number;
  /** Of those, what AWS bills; 0 on this machine. */
  billableSeconds: number;
}

/** How a tuning job stands at one moment. */
export interface TuningJobDescription {
  name: string;
  status: TrainingJobStatus;
  /** Why it failed, which it does where every trial has. */
  failureReason?: string;
  objective: Objective;
  /** How many there will be. */
  plannedTrials: number;
  /** Those that have been started, in that order. */
  trials: Trial[];
  /** Of the trials that have ended with a model, the one with the best objective. */
  best?: Trial;
  /** Seconds from start to end, or to now. */
  seconds: number;
}

/** Whom a tuning job tells what it does, while somebody waits for it. */
export interface TuningListener {
  /** Each trial when it has been started, and each change of it. */
  onTrial?(trial: Trial, description: TuningJobDescription): void;
  /** Each change of the tuning job's own status. */
  onStatus?(status: string): void;
  /** Ends the waiting, not the job. */
  signal?: AbortSignal;
}

/** A tuning job that was started, by this kernel or an earlier one. */
export interface TuningJob {
  readonly name: string;
  /** What interrupting the kernel is to do to it while a cell waits for it. */
  readonly onInterrupt: 'detach' | 'stop';
  /** How it stands now. */
  describe(): Promise<TuningJobDescription>;
  /** Resolves when the job has completed or was stopped; rejects with a `UserError` when it failed. */
  wait(listener?: TuningListener): Promise<TuningJobDescription>;
  /** Ends the search and the trials that run; what they have learnt is kept. Does nothing where it has ended. */
  stop(): Promise<void>;
  /** Stops it and forgets it and its trials, their logs and artifacts. */
  delete(): Promise<void>;
}

/** What a request leaves out. */
export const tuningDefaults = {
  trials: 10,
  parallel: 2,
  objective: 'validation_accuracy',
  earlyStopping: false,
  seed: 1,
  maxTrialMinutes: 30,
} as const satisfies Partial<TuningRequest>;

/** Whether more of it is better. */
export function isMaximised(objective: Objective): boolean {
  return objective.endsWith('accuracy');
}

/**
 * Returns how a trial counts once its training job has ended: a trial whose objective is not finite has failed, whatever
 * status its job has.
 */
export function judgeTrial(
  status: TrainingJobStatus,
  objective: Objective,
  value: number | undefined,
): Pick<Trial, 'status' | 'objective' | 'reason'> {
  if (value === undefined || status === 'Failed') return { status };
  if (Number.isFinite(value)) return { status, objective: value };
  const reason = `Training diverged: ${objective} is ${value}. Search lower values of learning_rate.`;
  return { status: 'Failed', reason };
}

/** The trial with a model and the best objective; of equal ones the first. */
export function bestOf(trials: readonly Trial[], objective: Objective): Trial | undefined {
  const sign = isMaximised(objective) ? 1 : -1;
  let best: { trial: Trial; value: number } | undefined;
  for (const trial of trials) {
    if (trial.objective === undefined || trial.modelArtifact === undefined) continue;
    const value = sign * trial.objective;
    if (!best || value > best.value) best = { trial, value };
  }
  return best?.trial;
}

/** Tells a listener what has changed between two looks; holds what it has told. */
export function tellChanges({ onTrial, onStatus }: TuningListener): (now: TuningJobDescription) => void {
  const told = new Map<string, string>();
  return (now) => {
    if (told.get('') !== now.status) onStatus?.(now.status);
    told.set('', now.status);
    for (const trial of now.trials) {
      const state = `${trial.status} ${trial.objective} ${trial.modelArtifact}`;
      if (told.get(trial.name) !== state) onTrial?.(trial, now);
      told.set(trial.name, state);
    }
  };
}
