// What a run has measured, kept as output/metrics.json for whoever compares runs.
import { join } from 'node:path';
import type { Dataset } from '../data/dataset';
import type { Split } from '../data/split';
import type { Evaluation } from '../model/evaluation/evaluate';
import type { Hyperparameters } from '../model/hyperparameters';
import { tensorflowVersions } from '../model/networks/tensorflow';
import { writeWhole } from '../platform/files';
import { outputFolder } from '../platform/paths';
import type { TrainingJobDescription } from '../session/contract/session';
import type { SplitComparison } from './splits';

/** The contents of output/metrics.json. */
export interface Report {
  /** The dataset's description. */
  dataset: string;
  /** Whether the figures come from invented headlines. */
  synthetic: boolean;
  rows: { training: number; validation: number };
  /** How the validation rows of `accuracy` and `macroF1` were held out. */
  split: Hyperparameters['split'];
  architecture: Hyperparameters['architecture'];
  accuracy: number;
  macroF1: number;
  /** Of the training job, from its start to its end, reading included. */
  trainingSeconds: number;
  /** Validation accuracy of the same network on both kinds of split, one for each seed. */
  splits: SplitComparison;
  versions: Record<string, string>;
}

/** What a notebook has done, for its report. */
export interface Run {
  dataset: Dataset;
  split: Split;
  hyperparameters: Pick<Hyperparameters, 'architecture' | 'split'>;
  job: TrainingJobDescription;
  evaluation: Evaluation;
  splits: SplitComparison;
}

export const reportPath = join(outputFolder, 'metrics.json');

/**
 * Writes metrics.json into the output folder and returns its contents.
 * @param run what earlier cells have got
 * @example
 * ```ts
 * const report = await workshop.writeReport({
 *   dataset: news, split: split, hyperparameters: { architecture: 'mlp', split: 'story' },
 *   job: result, evaluation: evaluation, splits: accuracies,
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
    versions: { node: process.version, ...tensorflowVersions(), typescript: version('typescript') },
  };
  await writeWhole(reportPath, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function version(name: string): string {
  return require(`${name}/package.json`).version;
}
