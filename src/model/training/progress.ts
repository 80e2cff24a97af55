// Tracks the progress, speed and remaining time of training, and reports them at most every few seconds.
import type { TrainingProgress } from './metrics';

interface ProgressTracker {
  beginEpoch(epoch: number): void;
  /** Call it after each training step with the number of rows of the epoch so far. */
  step(examples: number): void;
  /** Returns the number of rows of the epoch so far. */
  examples(): number;
}

/** Speed is that of the epoch. The time left is estimated from all rows since training began, so it includes validation. */
export function trackProgress({
  epochs,
  totalExamples,
  seconds,
  onProgress,
}: {
  epochs: number;
  totalExamples: number;
  /** The minimum time between two calls of `onProgress`. */
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
