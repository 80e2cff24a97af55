// How far training has come, how fast it goes and how long it will take: told at most every few seconds.
import type { TrainingProgress } from './metrics';

export interface ProgressTracker {
  beginEpoch(epoch: number): void;
  /** After each training step: how many rows of the epoch have been taken. */
  step(examples: number): void;
  /** The rows of the epoch that have been taken. */
  examples(): number;
}

/** Speed is that of the epoch; the time left goes by all rows since training began, so that measuring counts too. */
export function trackProgress({
  epochs,
  totalExamples,
  seconds,
  onProgress,
}: {
  epochs: number;
  totalExamples: number;
  /** The least time between two calls of `onProgress`. */
  seconds: number;
  onProgress: ((progress: TrainingProgress) => void) | undefined;
}): ProgressTracker {
  const begun = performance.now();
  let told = begun;
  let epoch = 0;
  let epochBegun = begun;
  let examples = 0;
  let earlierExamples = 0;

  const tell = (now: number) => {
    const done = earlierExamples + examples;
    const left = (epochs - epoch + 1) * totalExamples - examples;
    onProgress?.({
      epoch,
      epochs,
      examples,
      totalExamples,
      examplesPerSecond: (examples / (now - epochBegun)) * 1000,
      secondsLeft: Math.round(((now - begun) / 1000 / done) * left),
    });
  };

  return {
    beginEpoch(next) {
      epoch = next;
      epochBegun = performance.now();
      earlierExamples += examples;
      examples = 0;
    },
    step(taken) {
      examples = taken;
      const now = performance.now();
      if (now - told < seconds * 1000) return;
      told = now;
      tell(now);
    },
    examples: () => examples,
  };
}
