// Benchmark: how accurate and how fast this workshop's architectures are, beside scikit-learn, fastText and Keras, on the
// same folds of whole stories. Predictions are checked before anything is measured. The full form also writes
// output/bench/measuredArchitectures.json; a copy is committed in src/notebook/charts for the notebook's chart.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadDataset } from '../../data/dataset';
import type { Headline } from '../../data/headlines';
import { sample } from '../../data/random';
import { pretrainedFolder } from '../../model/transformer/pretrained';
import { UserError } from '../../platform/errors';
import { writeWhole } from '../../platform/files';
import { percent } from '../../platform/format';
import { outputFolder } from '../../platform/paths';
import { type Benchmark, figureOf, type Report } from '../common/measure';
import { peerFile } from '../common/peers';
import { enlarge, fullSize } from '../data/benchmark';
import { scoreAnswers } from './answers';
import { toMeasuredArchitectures } from './architectures';
import {
  createContestants,
  ourName,
  ownName,
  peerNames,
  peersOfTraining,
  type TrainingContestant,
  transformerNames,
} from './contestants';
import { type LargeRun, summariseRuns, type TrainingFigures, type TrainingRun } from './figures';
import { type KeptRuns, openRuns } from './keptRuns';
import { toTrainingTable } from './table';
import { runTask, writeRows } from './task';

interface Form {
  rows: number;
  folds: number;
  seeds: number;
  largeRows: number;
  /** Whether a contestant is measured. */
  takes: (name: string) => boolean;
}

/** What takes tens of minutes to train; `bench -- minilm` measures it. */
const ofTransformers: readonly string[] = [...transformerNames, peerNames.kerasMinilm];

const fullForm: Form = {
  rows: Number.POSITIVE_INFINITY,
  folds: 5,
  seeds: 3,
  largeRows: fullSize,
  takes: (name) => !ofTransformers.includes(name),
};
/** What trains for long. */
const deepNames: readonly string[] = ['lstm', 'cnn', peerNames.kerasLstm, peerNames.kerasCnn];
const networkNames: readonly string[] = ['mlp', 'lstm', 'cnn'];
/** The networks beside Keras, and the default architecture, with which the table compares. */
const networksForm: Form = {
  ...fullForm,
  seeds: 1,
  largeRows: 0,
  takes: (name) =>
    [ourName, ownName, ...networkNames].includes(name) ||
    (name.startsWith('Keras') && !ofTransformers.includes(name)),
};
const shortForm: Form = {
  rows: 2000,
  folds: 1,
  seeds: 1,
  largeRows: 5000,
  takes: (name) => ![...deepNames, ...ofTransformers].includes(name),
};
/** Data is divided into so many, of which the short form measures the first. */
const foldCount = 5;
/** What trains for longer is measured with one seed. */
const longSeconds = 20;
/** What is compared on the whole dataset's number of rows. */
const largeNames: readonly string[] = [ourName, peerNames.best, peerNames.fastText, peerNames.keras];

export const benchTraining: Benchmark = ({ short }) => measure(short ? shortForm : fullForm, !short);

/** Only networks beside Keras, with one seed. */
export const benchNetworks: Benchmark = ({ short }) =>
  measure(short ? { ...networksForm, rows: shortForm.rows, folds: 1 } : networksForm, false);

/** Only what fine-tunes a transformer, beside Keras and the default architecture, with one seed. */
export const benchMinilm: Benchmark = async ({ short }) => {
  if (!existsSync(pretrainedFolder)) {
    throw new UserError('This benchmark needs a pretrained model: npm run setup -- minilm.');
  }
  const form = { ...networksForm, takes: (name: string) => [ourName, ...ofTransformers].includes(name) };
  return await measure(short ? { ...form, rows: shortForm.rows, folds: 1 } : form, false);
};

/** Of runs that were measured before the benchmark was cut off. */
const runsFile = join(outputFolder, 'bench', 'runs.json');

async function measure(form: Form, isWhole: boolean): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const contestants = (await createContestants()).filter(({ name }) => form.takes(name));
    const { headlines, synthetic } = await loadDataset();
    const rows = sample(headlines, form.rows);
    const file = join(folder, 'rows.jsonl');
    await writeRows(file, rows);
    const kept = await openRuns(runsFile, await readFile(file, 'utf8'));
    const course: Course = { rows, file, folds: await divide(file), form, folder, kept };
    const runs = await runFolds(contestants, course);
    const isLarge = ({ name }: TrainingContestant) => form.largeRows > 0 && largeNames.includes(name);
    const largeRuns = await runLarge(contestants.filter(isLarge), course);
    const figures = summariseRuns(runs, largeRuns);
    const task =
      `${rows.length.toLocaleString('en')} ${synthetic ? 'synthetic headlines' : 'headlines'}, each held out once in ${foldCount} folds of whole stories ` +
      `(GroupKFold)${form.folds < foldCount ? ', of which one is measured' : ''}; ${form.seeds} seed(s), one for what is the same with each ` +
      `or trains for more than ${longSeconds} s` +
      (form.largeRows > 0 ? `; then ${form.largeRows.toLocaleString('en')} rows, once` : '');
    const results = { task, ...figures };
    if (isWhole) await writeChartFigures(figures);
    await kept.end();
    return { results, table: toTrainingTable(results, { largeRows: form.largeRows, withGoals: isWhole }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes output/bench/measuredArchitectures.json, to copy over the notebook's committed file. */
async function writeChartFigures(figures: TrainingFigures): Promise<void> {
  const path = join(outputFolder, 'bench', 'measuredArchitectures.json');
  await writeWhole(path, `${JSON.stringify(toMeasuredArchitectures(figures), null, 2)}\n`);
}

interface Course {
  rows: readonly Headline[];
  /** Which holds them. */
  file: string;
  /** The positions of the rows that each holds out. */
  folds: readonly number[][];
  form: Form;
  folder: string;
  kept: KeptRuns;
}

/** Every contestant on every fold, in turn. */
async function runFolds(contestants: readonly TrainingContestant[], course: Course): Promise<TrainingRun[]> {
  const { folds: all, form } = course;
  const folds = all.slice(0, form.folds);
  const runs: TrainingRun[] = [];
  for (let seed = 1; seed <= form.seeds; seed++) {
    for (const [fold, heldOut] of folds.entries()) {
      for (const contestant of contestants.filter((each) => seed === 1 || isRepeated(each, runs))) {
        const key = { name: contestant.name, seed, fold };
        console.log(`seed ${seed} of ${form.seeds}, fold ${fold + 1} of ${folds.length}: ${key.name}`);
        const found = course.kept.find(key);
        const run = found ?? (await runFold(contestant, { seed, heldOut }, course));
        if (!found) await course.kept.add(key, run);
        console.log(
          `  ${percent(run.scores.accuracy)} on other stories, macro F1 ${run.scores.macroF1.toFixed(3)}, trained in ` +
            `${run.measures.seconds.toFixed(1)} s, one headline in ${run.measures.microseconds.toFixed(0)} µs` +
            (found ? ', measured before' : ''),
        );
        runs.push(run);
      }
    }
  }
  return runs;
}

async function runFold(
  contestant: TrainingContestant,
  { seed, heldOut }: { seed: number; heldOut: readonly number[] },
  { rows, file, folder }: Course,
): Promise<TrainingRun> {
  const truth = heldOut.map((row) => rows[row] as Headline);
  const { measures, answers } = await runTask(contestant, { rows: file, heldOut, seed }, { folder, truth });
  const rights = answers.map(({ result }, row) => result === truth[row]?.category);
  const stories = truth.map(({ story }) => story);
  return { name: contestant.name, seed, scores: scoreAnswers(answers, truth), measures, rights, stories };
}

async function divide(file: string): Promise<number[][]> {
  const python = await peersOfTraining();
  const parameters = [peerFile('training', 'folds.py'), file, String(foldCount)];
  const { stdout } = await promisify(execFile)(python, parameters, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout);
}

function isRepeated({ name, isStochastic }: TrainingContestant, runs: readonly TrainingRun[]): boolean {
  const first = runs.filter((run) => run.name === name && run.seed === 1);
  return isStochastic && figureOf(first.map(({ measures }) => measures.seconds)).median <= longSeconds;
}

/** The training rows of the first fold over and over, perturbed; its other stories are predicted. */
async function runLarge(
  contestants: readonly TrainingContestant[],
  { rows, folds, form, folder }: Course,
): Promise<LargeRun[]> {
  const first = new Set(folds[0]);
  const truth = rows.filter((_, row) => first.has(row));
  const training = rows.filter((_, row) => !first.has(row));
  const file = join(folder, 'large.jsonl');
  await writeRows(file, [...enlarge(training, form.largeRows), ...truth]);
  const heldOut = truth.map((_, row) => form.largeRows + row);
  const runs: LargeRun[] = [];
  for (const contestant of contestants) {
    const { name } = contestant;
    console.log(`${form.largeRows.toLocaleString('en')} rows: ${name}`);
    const { measures, answers } = await runTask(
      contestant,
      { rows: file, heldOut, seed: 1 },
      { folder, truth },
    );
    const { accuracy } = scoreAnswers(answers, truth);
    console.log(
      `  ${percent(accuracy)}, trained in ${measures.seconds.toFixed(1)} s, ${measures.peakMegabytes.toFixed(0)} MB`,
    );
    runs.push({ name, accuracy, measures });
  }
  return runs;
}
