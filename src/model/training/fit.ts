// The loop over epochs. Shuffles, trains, measures, remembers the best weights and saves checkpoints. The caller
// chooses the model and the rows.

import { type Random, seededRandom, shuffled } from '../../data/random';
import { UserError } from '../../platform/errors';
import { findNonFinite } from '../../platform/finite';
import { checkMemory, memoryHint } from '../../platform/memory';
import type { Checkpoints } from './checkpoints';
import { type Means, measure, trainEpoch } from './epoch';
import type { Examples } from './examples';
import { type EpochMetrics, findNonFiniteMetric, type TrainingProgress } from './metrics';
import { trackProgress } from './progress';
import type { Hyperparameters } from './settings';
import type { Trainer } from './trainer';

export interface FitOptions {
  /** Called after each epoch with its metrics and its duration in seconds. */
  onEpoch?: (metrics: EpochMetrics, seconds: number) => void;
  /** Called within an epoch, at most every `progressSeconds`. */
  onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** @default 2 */
  progressSeconds?: number;
  /** Stops training after the current step. */
  signal?: AbortSignal;
  /** Saves the state after each epoch; a run that was stopped continues from there. @default none */
  checkpoints?: Checkpoints | undefined;
}

interface FitTask {
  training: Examples;
  validation: Examples;
  runKey: () => string;
  /** Rows of an epoch; if they are not all, the next epoch continues with others. @default all training rows */
  rowsOfEpoch?: number;
  /** Changes the order of an epoch's rows, by the order alone. @default as shuffled */
  arrange?: (order: readonly number[], batchSize: number) => readonly number[];
}

export interface Fitted {
  history: EpochMetrics[];
  /** See `ClassifierDescription.trainedEpochs`. */
  trainedEpochs: number;
}

/**
 * Trains a model and leaves it with the weights of the last epoch. If `signal` stops it, or `patience` is above 0, it
 * leaves those of the best finished epoch, by validation accuracy, or by training loss without validation rows; if no
 * epoch was finished, the current ones. A run that continues from a checkpoint ends with the same weights as one that was
 * never stopped; `runKey` identifies its checkpoints. Throws a {@link UserError} if metrics or weights are not finite after
 * an epoch, and keeps nothing of that epoch; also if the loss of the kept epoch is a hundred times that of guessing.
 */
export async function fit(
  trainer: Trainer,
  { training, validation, runKey, rowsOfEpoch = training.labels.length, arrange = (order) => order }: FitTask,
  { epochs, batch_size: batchSize, seed, patience }: Hyperparameters,
  { onEpoch, onProgress, progressSeconds = 2, signal, checkpoints }: FitOptions,
): Promise<Fitted> {
  const key = checkpoints ? runKey() : '';
  const resumed = await checkpoints?.load(key, epochs);
  if (resumed) trainer.restore(resumed.weights, resumed.optimizer);
  const history = [...(resumed?.history ?? [])];
  let best = resumed?.best;
  const hasValidation = validation.labels.length > 0;
  const progress = trackProgress({
    epochs,
    totalExamples: rowsOfEpoch,
    seconds: progressSeconds,
    onProgress,
  });

  const nextRows = shuffledRows(training.labels.length, seededRandom(seed));
  const isExhausted = () => patience > 0 && best && history.length - best.epoch >= patience;
  for (let epoch = 1; epoch <= epochs && !signal?.aborted && !isExhausted(); epoch++) {
    // Finished epochs are shuffled, too, so that a resumed run has the same order of rows.
    const shuffledOrder = nextRows(rowsOfEpoch);
    if (epoch <= history.length) continue;
    const order = arrange(shuffledOrder, batchSize);
    const start = performance.now();
    progress.beginEpoch(epoch);
    trainer.beginEpoch(epoch);
    const trained = await trainEpoch(trainer, training, { order, batchSize, signal, onStep: progress.step });
    if (!trained) break;
    const validated = hasValidation && (await measure(trainer, validation, signal));
    if (validated === undefined) break;

    const metrics = toMetrics(epoch, trained, validated);
    const [weights, optimizer] = [trainer.weights(), trainer.optimizer()];
    checkState(epoch, [...weights, ...optimizer], findNonFiniteMetric(metrics));
    history.push(metrics);
    if (!best || isBetter(metrics, history[best.epoch - 1] as EpochMetrics)) best = { epoch, weights };
    await checkpoints?.save(key, { epoch, history, weights, optimizer, best });
    onEpoch?.(metrics, (performance.now() - start) / 1000);
  }

  const isLastKept = history.length === epochs && patience === 0;
  const kept = isLastKept ? history.at(-1) : best && history[best.epoch - 1];
  if (kept) checkLoss(kept, new Set(training.labels).size);
  if (isLastKept) return { history, trainedEpochs: epochs };
  if (!best) {
    checkState(1, trainer.weights());
    return { history, trainedEpochs: progress.examples() / rowsOfEpoch };
  }
  trainer.restore(best.weights);
  return { history, trainedEpochs: best.epoch };
}

/** Returns a function that returns the next `count` rows, shuffled. Every row comes once before any comes again. */
function shuffledRows(rows: number, random: Random): (count: number) => number[] {
  const indices = Array.from({ length: rows }, (_, row) => row);
  let waiting: number[] = [];
  return (count) => {
    if (waiting.length < count) waiting = [...waiting, ...shuffled(indices, random)];
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  };
}

/** Throws a {@link UserError} if memory has run out, or if `fault` or the state shows that training diverged. */
function checkState(epoch: number, state: readonly Float32Array[], fault?: string): void {
  checkMemory();
  if (!fault && state.every((values) => findNonFinite(values) < 0)) return;
  throw new UserError(
    `Training diverged in epoch ${epoch}: ${fault ?? 'a weight is not finite'}. Lower learning_rate.${memoryHint()}`,
  );
}

/** A model whose loss is this many times that of guessing has diverged, although its numbers are finite. */
const mostTimesGuessing = 100;

/** Throws a {@link UserError} if the loss of the epoch whose weights are kept shows that training diverged. */
function checkLoss({ epoch, loss, validation_loss }: EpochMetrics, labelCount: number): void {
  const measured = validation_loss ?? loss;
  const guessing = Math.log(Math.max(2, labelCount));
  if (measured <= mostTimesGuessing * guessing) return;
  throw new UserError(
    `Training diverged in epoch ${epoch}: the ${validation_loss === undefined ? 'training' : 'validation'} loss is ` +
      `${measured.toFixed(0)}, and guessing gives ${guessing.toFixed(1)}. Lower learning_rate.${memoryHint()}`,
  );
}

function toMetrics(epoch: number, trained: Means, validated: Means | false): EpochMetrics {
  return {
    epoch,
    ...trained,
    ...(validated && { validation_loss: validated.loss, validation_accuracy: validated.accuracy }),
  };
}

/** Returns whether one epoch is better; of two equal ones, the earlier is. */
function isBetter(one: EpochMetrics, other: EpochMetrics): boolean {
  if (one.validation_accuracy === undefined || other.validation_accuracy === undefined) {
    return one.loss < other.loss;
  }
  return one.validation_accuracy > other.validation_accuracy;
}
