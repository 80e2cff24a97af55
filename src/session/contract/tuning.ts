// Tuning jobs, as every session starts and describes them: many training jobs to find the best hyperparameters.
// searchSpace.ts checks the ranges; session/local/proposal.ts proposes trials on this machine.
import type { Hyperparameters } from '../../model/hyperparameters';
import type { Network, OwnHyperparameters } from '../../model/training/networkFunction';
import type { Job, TrainingJobStatus, TrainingSettings } from './jobs';

/** A range of numbers to search, both ends included. */
export interface SearchedNumber {
  from: number;
  to: number;
  /** Scale of the range. On log, 0.001 to 0.01 is searched as densely as 0.01 to 0.1, and `from` must be above 0. @default linear */
  scale?: 'linear' | 'log';
}

/** Searched hyperparameters by name: a range of numbers, or a list of choices. */
export type SearchRanges = {
  readonly [Name in keyof Hyperparameters]?:
    | readonly Hyperparameters[Name][]
    | (Hyperparameters[Name] extends number ? SearchedNumber : never);
};

/** Metric that trials are compared by. Every epoch logs it. Losses are minimised, accuracies maximised. */
export type Objective = 'validation_accuracy' | 'validation_loss' | 'accuracy' | 'loss';

/**
 * Strategy that chooses the next trial. random spreads trials over the ranges; hyperband does too, and soon stops those that are
 * behind others after as many epochs. bayesian learns from the trials so far: it is SageMaker's, and runs on AWS only.
 */
export type SearchStrategy = 'bayesian' | 'hyperband' | 'random';

/** Ranges of hyperparameters that a network declares. */
export type OwnRanges = Readonly<Record<string, readonly (number | string)[] | SearchedNumber>>;

/** The ranges and hyperparameters of a tuning job and, if you have written one, its network. */
// TypeScript explains a mistake by the last member, so the usual one is last.
export type SearchChoice =
  | {
      /** A network of your own: the result of `readNetwork()` or `defineNetwork()`. Its architecture is `own`. */
      network: Network;
      /**
       * Searched hyperparameters, at most 30, those of the network included. A range of one of these holds whole numbers if
       * both ends and the default are whole.
       */
      ranges: SearchRanges & OwnRanges;
      /** Hyperparameters that are the same in every trial. The default applies to any that you omit. */
      hyperparameters?: Readonly<Partial<Hyperparameters>> & OwnHyperparameters;
    }
  | {
      network?: undefined;
      /** Searched hyperparameters: at most 30, within the bounds that `describeHyperparameters()` shows. */
      ranges: SearchRanges;
      /** Hyperparameters that are the same in every trial. The default applies to any that you omit. */
      hyperparameters?: Readonly<Partial<Hyperparameters>>;
    };

/** Settings of a tuning job. */
export type TuningRequest = TuningSettings & SearchChoice;

/** A tuning request in which only the hyperparameters of the network are left; its code is the channel `code`. */
export interface UploadedTuning extends TuningSettings {
  ranges: OwnRanges;
  hyperparameters?: OwnHyperparameters;
  network?: Pick<Network, 'hyperparameters'> | undefined;
}

/** Settings of a tuning job besides ranges, hyperparameters and network. */
export interface TuningSettings
  extends Pick<TrainingSettings, 'channels' | 'instanceType' | 'retries' | 'again'> {
  /** Number of training jobs. @default 10 */
  trials?: number;
  /** Number of training jobs at a time. @default 2 */
  parallel?: number;
  /** @default random on this machine, bayesian on AWS */
  strategy?: SearchStrategy;
  /** @default validation_accuracy */
  objective?: Objective;
  /** Stops a trial that does worse than half of the others after as many epochs; hyperband has its own way. @default false */
  earlyStopping?: boolean;
  /** Seed of the search: the same seed proposes the same trials on this machine. @default 1 */
  seed?: number;
  /** Minutes after which a trial is stopped. @default 30; on AWS the session's option maxRuntimeMinutes */
  maxTrialMinutes?: number;
  /** Uses spare machines at a lower price, on AWS. @default the session's option spot */
  spot?: boolean;
  /** Unique, at most 32 letters, digits and hyphens. @default made from the time */
  name?: string;
}

/** One training job of a tuning job. */
export interface Trial {
  /** Name of the training job, for `session.attachTrainingJob()`. */
  name: string;
  status: TrainingJobStatus;
  /** Values of the searched hyperparameters. */
  hyperparameters: Readonly<Record<string, string | number>>;
  /** Last value of the objective, once the trial has ended. */
  objective?: number;
  /** Why it failed, from the container, or why it was stopped. */
  reason?: string;
  /** Location of the model artifact, once the trial has ended and learned something. */
  modelArtifact?: string;
  /** Seconds from start to end, or to now. */
  seconds: number;
  /** Seconds that AWS bills; 0 on this machine. */
  billableSeconds: number;
}

/** State of a tuning job at one moment. */
export interface TuningJobDescription {
  name: string;
  status: TrainingJobStatus;
  /** Why it failed. It fails if every trial does. */
  failureReason?: string;
  objective: Objective;
  /** Number of trials in total. */
  plannedTrials: number;
  /** Started trials, in the order of their start. */
  trials: Trial[];
  /** Best trial with a model so far. */
  best?: Trial;
  /** Seconds from start to end, or to now. */
  seconds: number;
}

/** Callbacks for the progress of a tuning job while a caller waits. */
export interface TuningListener {
  /** Receives each started trial and each change of it. */
  onTrial?(trial: Trial, description: TuningJobDescription): void;
  /** Receives each change of the tuning job's status. */
  onStatus?(status: string): void;
  /** Ends the waiting, not the job. */
  signal?: AbortSignal;
}

/**
 * A tuning job. `stop()` ends the search and its running trials, which keep what they have learned. `delete()` removes the
 * trials, their logs and artifacts, too.
 */
export type TuningJob = Job<TuningJobDescription, TuningListener>;

/** Defaults of a request, the same in every session. */
export const tuningDefaults = {
  trials: 10,
  parallel: 2,
  objective: 'validation_accuracy',
  earlyStopping: false,
  seed: 1,
  maxTrialMinutes: 30,
} as const satisfies Partial<TuningSettings>;

/** Returns whether a larger value is better. */
export function isMaximised(objective: Objective): boolean {
  return objective.endsWith('accuracy');
}

/**
 * Returns the result of a trial whose training job has ended. If the objective is not finite, the trial has failed, even if
 * its job completed.
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

/** Returns the trial with a model and the best objective, the first of equal ones. */
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

/** Returns a function that reports to the listener what has changed since its last call. */
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
