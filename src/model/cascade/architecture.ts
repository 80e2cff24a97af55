// Architecture cascade: ensemble, which is quick, answers the texts it is sure of; where it is not, its probabilities and
// those of minilm are averaged.

import { sample } from '../../data/random';
import { splitByStory, splitRandomly } from '../../data/split';
import { UserError } from '../../platform/errors';
import { ensemble } from '../ensemble/architecture';
import type { Architecture, RowsOfRun, TrainingOptions } from '../training/architecture';
import type { Classifier } from '../training/classifier';
import { indexLabels, type TrainingRow } from '../training/examples';
import type { EpochMetrics } from '../training/metrics';
import type { Hyperparameters } from '../training/settings';
import { crossEntropy } from '../training/softmax';
import { demandPretrained, minilm, prepareFineTuning } from '../transformer/architecture';
import type { PretrainedEncoder } from '../transformer/pretrained';
import {
  averaged,
  type CascadeDescription,
  type CascadeParts,
  createCascadeClassifier,
  joinCascade,
  packCascade,
  toNumbers,
} from './classifier';
import { fitTemperature, type Held, thresholdFor } from './threshold';

/** Training rows that neither model learns: for the threshold and the temperatures. */
const heldShare = 0.1;
const mostHeld = 3000;
/** Of those, a stopped job asks both models about this many. */
const heldWhenStopped = 300;

export const cascade: Architecture = {
  meaning:
    'cascade lets ensemble answer the texts it is sure of and both ensemble and minilm the others, which costs a third of minilm; ' +
    'its hyperparameters and its epochs are those of minilm, and the last epoch is measured with both',
  ...(minilm.defaults && { defaults: minilm.defaults }),
  reads: ['vectors', 'pretrained'],
  train: trainCascade,
  load: createCascadeClassifier,
};

async function trainCascade(
  rows: RowsOfRun,
  hyperparameters: Hyperparameters,
  options: TrainingOptions,
): Promise<Classifier> {
  // Fails now rather than after the first model has been trained.
  const encoder = await demandPretrained(options.pretrained, hyperparameters.max_length);
  const { learnt, held } = holdOut(rows.training, hyperparameters.seed);
  if (held.length === 0) {
    options.notify?.('Too few rows to hold any out: ensemble answers alone only with cascade_share 1.');
  }
  const { epochs, patience } = hyperparameters;
  let lastEpoch: Parameters<NonNullable<TrainingOptions['onEpoch']>> | undefined;
  const parts = await trainParts(encoder, { ...rows, training: learnt }, hyperparameters, {
    ...options,
    onEpoch(metrics, seconds) {
      if (lastEpoch) options.onEpoch?.(...lastEpoch);
      // With patience, any epoch may be the last.
      lastEpoch = patience > 0 || metrics.epoch === epochs ? [metrics, seconds] : undefined;
      if (!lastEpoch) options.onEpoch?.(metrics, seconds);
    },
  });
  // SageMaker ends a stopped job after two minutes, in which the artifact must be written.
  const isStopped = options.signal?.aborted === true;
  const { labels } = parts.ensemble.description;
  const { validationRows, history, trainedEpochs, versions } = parts.minilm.description;
  const description: CascadeDescription = {
    architecture: hyperparameters.architecture,
    labels,
    hyperparameters: { ...hyperparameters },
    trainingRows: rows.training.length,
    validationRows,
    history,
    trainedEpochs,
    versions,
    ...chooseRules(parts, isStopped ? sample(held, heldWhenStopped) : held, hyperparameters),
    parts: { ensemble: parts.ensemble.description, minilm: parts.minilm.description },
  };
  const whole = joinCascade(description, packCascade(parts), parts);
  const measured = isStopped ? {} : measure(whole, rows.validation);
  // The epochs are minilm's, but the one that is kept says what the whole is worth.
  description.history = history.map((metrics) =>
    metrics.epoch === trainedEpochs ? { ...metrics, ...measured } : metrics,
  );
  if (lastEpoch) options.onEpoch?.({ ...lastEpoch[0], ...measured }, lastEpoch[1]);
  return whole;
}

/** Returns loss and accuracy of a classifier on the validation rows; nothing without any. */
function measure(
  { predict, description: { labels } }: Classifier,
  rows: readonly TrainingRow[],
): Pick<EpochMetrics, 'validation_loss' | 'validation_accuracy'> {
  if (rows.length === 0) return {};
  const logits = predict(rows.map(({ title }) => title)).flatMap((prediction) =>
    toNumbers(prediction, labels).map((probability) => Math.log(Math.max(probability, 1e-12))),
  );
  const { loss, right } = crossEntropy(Float32Array.from(logits), indexLabels(rows, labels));
  return { validation_loss: loss / rows.length, validation_accuracy: right / rows.length };
}

/** Holds out whole stories or, where there are too few of them, single rows. Each label keeps rows to learn. */
function holdOut(
  rows: readonly TrainingRow[],
  seed: number,
): { learnt: readonly TrainingRow[]; held: readonly TrainingRow[] } {
  const whole = rows.map((row) => ({ ...row, story: row.story ?? '' }));
  const options = { validationFraction: Math.min(heldShare, mostHeld / rows.length), seed };
  for (const split of [splitByStory, splitRandomly]) {
    try {
      const { training, validation } = split(whole, options);
      return { learnt: training, held: validation };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return { learnt: rows, held: [] };
}

async function trainParts(
  encoder: PretrainedEncoder,
  rows: RowsOfRun,
  hyperparameters: Hyperparameters,
  options: TrainingOptions,
): Promise<CascadeParts> {
  const { signal, vectors } = options;
  const ofEnsemble: Hyperparameters = { ...hyperparameters, ...ensemble.defaults, architecture: 'ensemble' };
  const ofMinilm: Hyperparameters = { ...hyperparameters, architecture: 'minilm' };
  // Fails before anything is trained if memory is too short.
  const fineTune = await prepareFineTuning(encoder, rows, ofMinilm, options);
  return {
    ensemble: await ensemble.train(rows, ofEnsemble, { ...(signal && { signal }), vectors }),
    minilm: await fineTune(),
  };
}

/** Chooses threshold and temperatures from what both models say of the held-out rows. */
function chooseRules(
  { ensemble, minilm }: CascadeParts,
  held: readonly TrainingRow[],
  { cascade_share: share, cascade_accuracy: accuracy }: Hyperparameters,
): Pick<CascadeDescription, 'threshold' | 'temperatures'> {
  const { labels } = ensemble.description;
  const titles = held.map(({ title }) => title);
  const [small, large] = [ensemble, minilm].map(({ predict }) =>
    predict(titles).map((prediction) => toNumbers(prediction, labels)),
  ) as [number[][], number[][]];
  const alone: Held[] = small.map((probabilities, row) => ({
    probabilities,
    label: labels.indexOf((held[row] as TrainingRow).category),
  }));
  const both = alone.map(({ probabilities, label }, row) => ({
    probabilities: averaged(probabilities, large[row] as number[]),
    label,
  }));
  // A transformer that was stopped in its first epoch has nothing to add.
  const isWhole = minilm.description.trainedEpochs >= 1;
  return {
    threshold: isWhole ? thresholdFor(alone, { share, accuracy }) : 0,
    // On all held-out rows: those that the threshold selects are surer than others of their probability.
    temperatures: { ensemble: fitTemperature(alone), both: fitTemperature(both) },
  };
}
