// A run's figures, kept as output/metrics.json so that runs can be compared.
import { join } from 'node:path';
import type { Dataset } from '../data/dataset';
import type { Split } from '../data/split';
import type { Evaluation } from '../model/evaluation/evaluate';
import type { Hyperparameters } from '../model/hyperparameters';
import type { Classifier } from '../model/training/classifier';
import { writeWhole } from '../platform/files';
import { outputFolder } from '../platform/paths';
import type { TrainingJobDescription } from '../session/contract/session';
import type { SplitComparison } from './compareSplits';

/** The contents of output/metrics.json. */
export interface Report {
  /** The dataset's description. */
  dataset: string;
  /** Whether the headlines are invented. */
  synthetic: boolean;
  rows: { training: number; validation: number };
  /** The kind of split behind `accuracy` and `macroF1`. */
  split: Hyperparameters['split'];
  architecture: Hyperparameters['architecture'];
  accuracy: number;
  macroF1: number;
  /** Duration of the training job from start to end, reading the data included. */
  trainingSeconds: number;
  /** Validation accuracy of the same network on both kinds of split, one value per seed. */
  splits: SplitComparison;
  /** Versions of TypeScript and of the software that trained the model. */
  versions: Record<string, string>;
}

/** The results of a notebook's cells, for its report. */
export interface Run {
  dataset: Dataset;
  split: Split;
  hyperparameters: Pick<Hyperparameters, 'architecture' | 'split'>;
  job: TrainingJobDescription;
  evaluation: Evaluation;
  /** The evaluated model, whose description has the versions it was trained with. */
  classifier: Pick<Classifier, 'description'>;
  splits: SplitComparison;
}

export const reportPath = join(outputFolder, 'metrics.json');

/**
 * Writes metrics.json into the output folder and returns its contents.
 * @param run the results of earlier cells
 * @example
 * ```ts
 * const report = await workshop.writeReport({
 *   dataset: news, split: split, hyperparameters: { architecture: 'mlp', split: 'story' },
 *   job: result, evaluation: evaluation, classifier: classifier, splits: accuracies,
 * });
 * console.log(report.rows); // { training: 4801, validation: 1199 }
 * ```
 */
export async function writeReport({
  dataset,
  split,
  hyperparameters,
  job,
  evaluation,
  classifier,
  splits,
}: Run): Promise<Report> {
  const report: Report = {
    dataset: dataset.description,
    synthetic: dataset.synthetic,
    rows: { training: split.training.length, validation: split.validation.length },
    split: hyperparameters.split,
    architecture: hyperparameters.architecture,
    accuracy: evaluation.accuracy,
    macroF1: evaluation.macroF1,
    trainingSeconds: job.seconds,
    splits,
    versions: { ...classifier.description.versions, typescript: version('typescript') },
  };
  await writeWhole(reportPath, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function version(name: string): string {
  return require(`${name}/package.json`).version;
}
