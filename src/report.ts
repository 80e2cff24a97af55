// What a run has measured, kept as output/metrics.json for whoever compares runs.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from './dataset';
import type { Evaluation } from './evaluate';
import { type Hyperparameters, parseHyperparameters } from './hyperparameters';
import type { TrainingJobDescription } from './session';
import type { Split } from './split';

/** The contents of output/metrics.json. */
export interface Report {
  dataset: string;
  /** Whether the figures come from invented headlines. */
  synthetic: boolean;
  rows: { training: number; validation: number };
  split: Hyperparameters['split'];
  architecture: Hyperparameters['architecture'];
  /** On the validation rows. */
  accuracy: number;
  macroF1: number;
  trainingSeconds: number;
  versions: { node: string; tensorflow: string; typescript: string };
}

export interface Run {
  dataset: Dataset;
  split: Split;
  /** What the job was given; the defaults are filled in. */
  hyperparameters: Partial<Hyperparameters>;
  job: TrainingJobDescription;
  evaluation: Evaluation;
}

export const reportPath = join(__dirname, '..', 'output', 'metrics.json');

/** Writes output/metrics.json and returns its contents. */
export async function writeReport({
  dataset,
  split,
  hyperparameters,
  job,
  evaluation,
}: Run): Promise<Report> {
  const { architecture, split: method } = parseHyperparameters(hyperparameters);
  const report: Report = {
    dataset: dataset.description,
    synthetic: dataset.synthetic,
    rows: { training: split.training.length, validation: split.validation.length },
    split: method,
    architecture,
    accuracy: evaluation.accuracy,
    macroF1: evaluation.macroF1,
    trainingSeconds: job.seconds,
    versions: {
      node: process.version,
      tensorflow: require('@tensorflow/tfjs-node/package.json').version,
      typescript: require('typescript/package.json').version,
    },
  };
  await mkdir(join(reportPath, '..'), { recursive: true });
  await writeFile(reportPath, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
