// Benchmark: what a tuning job with a small budget gains over the defaults, measured on stories that neither the search
// nor training has seen; and how the strategies compare. Every figure is a mean over folds of whole stories.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../data/dataset';
import { foldsByStory } from '../../data/folds';
import { type Headline, writeHeadlines } from '../../data/headlines';
import { sample } from '../../data/random';
import { splitByStory } from '../../data/split';
import { loadArtifact } from '../../model/artifact';
import { evaluate } from '../../model/evaluation/evaluate';
import { mean, percent } from '../../platform/format';
import type { Channel, Session } from '../../session/contract/session';
import type { SearchRanges, SearchStrategy } from '../../session/contract/tuning';
import { openProcessSession } from '../../session/process/session';
import type { Benchmark } from '../common/measure';

const ranges: SearchRanges = {
  learning_rate: { from: 0.001, to: 0.03, scale: 'log' },
  epochs: { from: 2, to: 10 },
  batch_size: [64, 128, 256, 512],
  class_weights: ['none', 'balanced'],
};
const strategies: readonly SearchStrategy[] = ['random', 'hyperband'];

interface Run {
  name: string;
  /** By which the best trial was chosen. */
  validation: number;
  heldOut: number;
  macroF1: number;
  seconds: number;
  epochs: number;
}

export const benchTuning: Benchmark = async ({ short }) => {
  const trials = short ? 2 : 12;
  const { headlines, synthetic } = await loadDataset();
  const rows = sample(headlines, short ? 2000 : 20_000);
  const folds = foldsByStory(rows).slice(0, short ? 1 : 3);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const runs: Run[] = [];
  try {
    for (const [at, { training, validation: heldOut }] of folds.entries()) {
      const session = openProcessSession({ folder: join(folder, `fold-${at}`) });
      const split = splitByStory(training, { validationFraction: 0.2, seed: 1 });
      const channels: Channel[] = [];
      for (const side of ['training', 'validation'] as const) {
        const file = join(folder, `${side}-${at}.csv`);
        await writeHeadlines(file, split[side]);
        channels.push(await session.upload(file, side));
      }
      const course = { session, channels, heldOut };
      runs.push(await runDefaults(course));
      for (const strategy of short ? strategies.slice(0, 1) : strategies) {
        runs.push(await runSearch(course, strategy, trials));
      }
      for (const run of runs.slice(-strategies.length - 1)) {
        console.log(
          `fold ${at + 1}: ${run.name} ${percent(run.heldOut)} held out, ${run.seconds.toFixed(0)} s`,
        );
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const task =
    `${rows.length.toLocaleString('en')} ${synthetic ? 'synthetic headlines' : 'headlines'}; ${folds.length} fold(s) of whole ` +
    `stories held out, of the rest a fifth for the search; ${trials} trials, 2 at once`;
  return { results: { task, ranges, runs }, table: `${task}\n\n${toTable(runs)}` };
};

interface Course {
  session: Session;
  channels: readonly Channel[];
  heldOut: readonly Headline[];
}

async function runDefaults({ session, channels, heldOut }: Course): Promise<Run> {
  const job = await session.train({ channels });
  const { metrics, modelArtifact = '', seconds } = await job.wait();
  const validation = metrics.at(-1)?.validation_accuracy ?? Number.NaN;
  const epochs = metrics.length;
  return { name: 'defaults', validation, ...(await score(modelArtifact, heldOut)), seconds, epochs };
}

async function runSearch(
  { session, channels, heldOut }: Course,
  strategy: SearchStrategy,
  trials: number,
): Promise<Run> {
  const job = await session.tune({ channels, ranges, strategy, trials, parallel: 2, earlyStopping: true });
  const { best, seconds, trials: all } = await job.wait();
  let epochs = 0;
  for (const { name } of all) {
    epochs += (await (await session.attachTrainingJob(name)).describe()).metrics.length;
  }
  const validation = best?.objective ?? Number.NaN;
  return {
    name: strategy,
    validation,
    ...(await score(best?.modelArtifact ?? '', heldOut)),
    seconds,
    epochs,
  };
}

async function score(artifact: string, heldOut: readonly Headline[]) {
  const answers = (await loadArtifact(artifact)).predict(heldOut.map(({ title }) => title));
  const { accuracy, macroF1 } = evaluate(heldOut, answers, { rounds: 1 });
  return { heldOut: accuracy, macroF1 };
}

function toTable(runs: readonly Run[]): string {
  const lines = [...new Set(runs.map(({ name }) => name))].map((name) => {
    const own = runs.filter((run) => run.name === name);
    const average = (measure: 'validation' | 'heldOut' | 'macroF1' | 'seconds' | 'epochs') =>
      mean(own.map((run) => run[measure]));
    const defaults = runs.filter((run) => run.name === 'defaults');
    const gains = own.map((run, fold) => run.heldOut - (defaults[fold]?.heldOut ?? Number.NaN));
    const points = gains.map((gain) => (100 * gain).toFixed(1)).join(', ');
    return (
      `| ${name} | ${percent(average('validation'))} | ${percent(average('heldOut'))} | ${average('macroF1').toFixed(3)} | ` +
      `${name === 'defaults' ? '' : points} | ${average('epochs').toFixed(0)} | ${average('seconds').toFixed(0)} |`
    );
  });
  return [
    '| | validation accuracy | held-out accuracy | held-out macro F1 | gain by fold, points | epochs in all | seconds |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
