// The training benchmark's task: what a contestant is told, in a file that both languages read.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelledTitle } from '../../data/headlines';
import { pretrainedFolder } from '../../model/transformer/pretrained';
import { vectorsFolder } from '../../text/vectors';
import { runOnce } from '../common/measure';
import { type RowAnswer, readAnswers } from './answers';
import type { TrainingContestant } from './contestants';

export interface TrainingTask {
  /** A file of {@link LabelledTitle}s, one a line, as JSON. */
  readonly rows: string;
  /** The positions of those that are predicted, not trained on. */
  readonly heldOut: readonly number[];
  readonly seed: number;
  /** The folder of the word vectors. */
  readonly vectors: string;
  /** The folder of the pretrained transformer. */
  readonly pretrained: string;
  /** The file for the predictions: one a line, as JSON, in the order of `heldOut`; probabilities may be missing. */
  readonly predictions: string;
  /** The folder, not there yet, for the trained model. */
  readonly model: string;
  /** Headlines asked one at a time, first uncounted: up to so many, for up to so long. */
  readonly warmUp: Limits;
  readonly questions: Limits;
}

export interface Limits {
  readonly count: number;
  readonly seconds: number;
}

/** What a contestant's process prints as its last line. */
export interface TaskMeasures {
  /** From rows in memory to a trained model. */
  seconds: number;
  /** The most memory that the process has taken until then. */
  peakMegabytes: number;
  /** Of the files of the saved model. */
  modelMegabytes: number;
  /** For one headline in process, at the median. */
  microseconds: number;
  version: string;
}

const warmUp: Limits = { count: 500, seconds: 1 };
const questions: Limits = { count: 2000, seconds: 2 };

/** Rows in a file, so that they need not be kept. */
export async function writeRows(path: string, rows: readonly LabelledTitle[]): Promise<void> {
  const lines = rows.map(({ title, category, story }) => `${JSON.stringify({ title, category, story })}\n`);
  await writeFile(path, lines.join(''));
}

/** Runs a contestant in a process of its own. Throws a `UserError` if it fails or its predictions cannot be right. */
export async function runTask(
  { name, command }: TrainingContestant,
  { rows, heldOut, seed }: Pick<TrainingTask, 'rows' | 'heldOut' | 'seed'>,
  { folder, truth }: { folder: string; truth: readonly LabelledTitle[] },
): Promise<{ measures: TaskMeasures; answers: RowAnswer[] }> {
  const place = await mkdtemp(join(folder, 'task-'));
  try {
    const [predictions, model, file] = ['predictions.jsonl', 'model', 'task.json'].map((part) =>
      join(place, part),
    ) as [string, string, string];
    const task: TrainingTask = {
      ...{ rows, heldOut, seed, vectors: vectorsFolder, pretrained: pretrainedFolder },
      ...{ predictions, model, warmUp, questions },
    };
    await writeFile(file, JSON.stringify(task));
    const measures = (await runOnce(name, command(file))) as unknown as TaskMeasures;
    return { measures, answers: readAnswers(name, await readFile(predictions, 'utf8'), truth) };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
