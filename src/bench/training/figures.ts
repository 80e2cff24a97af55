// The training benchmark's runs → figures: what the results hold.
import { bootstrapDifference, type Interval } from '../../model/evaluation/bootstrap';
import { mean } from '../../platform/format';
import { type Figure, figureOf, summarise } from '../common/measure';
import type { AnswerScores } from './answers';
import { ourName } from './contestants';
import type { TaskMeasures } from './task';

/** One contestant on one fold. */
export interface TrainingRun {
  name: string;
  seed: number;
  scores: AnswerScores;
  measures: TaskMeasures;
  /** Of each held-out row. */
  rights: boolean[];
  stories: string[];
}

/** One contestant on the enlarged rows. */
export interface LargeRun {
  name: string;
  /** On the stories that the first fold holds out. */
  accuracy: number;
  measures: TaskMeasures;
}

/** What is measured, as the results name it. */
export const measures = {
  accuracy: 'accuracy',
  macroF1: 'macro F1',
  calibration: 'calibration error',
  seconds: 'training s',
  microseconds: 'one headline µs',
  megabytes: 'model MB',
  largeSeconds: 'large: training s',
  largePeak: 'large: peak MB',
  largeAccuracy: 'large: accuracy',
} as const;

export interface TrainingFigures {
  /** Contestant → measure → figure. Accuracy, F1 and calibration error are means over folds, one value a seed. */
  figures: Record<string, Record<string, Figure>>;
  /** Contestant → how much more of the rows it has right than the default architecture, with 95% by story. */
  differences: Record<string, { mean: number; interval: Interval }>;
  /** Contestant → how many seeds it was trained with. */
  seeds: Record<string, number>;
  versions: Record<string, string>;
}

export function summariseRuns(runs: readonly TrainingRun[], large: readonly LargeRun[]): TrainingFigures {
  const names = [...new Set(runs.map(({ name }) => name))];
  const of = (name: string) => runs.filter((run) => run.name === name);
  const forEach = <Value>(value: (name: string) => Value): Record<string, Value> =>
    Object.fromEntries(names.map((name) => [name, value(name)]));
  return {
    figures: forEach((name) => ({
      ...summarise(scoresBySeed(of(name))),
      [measures.seconds]: figureOf(of(name).map((run) => run.measures.seconds)),
      [measures.microseconds]: figureOf(of(name).map((run) => run.measures.microseconds)),
      [measures.megabytes]: figureOf(of(name).map((run) => run.measures.modelMegabytes)),
      ...ofLarge(large.find((run) => run.name === name)),
    })),
    differences: forEach((name) => compare(of(name), of(ourName))),
    seeds: forEach((name) => seedsOf(of(name)).length),
    versions: forEach((name) => String(of(name)[0]?.measures.version)),
  };
}

/** For each seed, the means over its folds. */
function scoresBySeed(runs: readonly TrainingRun[]): Record<string, number>[] {
  return seedsOf(runs).map((seed) => {
    const folds = runs.filter((run) => run.seed === seed).map(({ scores }) => scores);
    const errors = folds.flatMap(({ calibrationError }) => calibrationError ?? []);
    return {
      [measures.accuracy]: mean(folds.map(({ accuracy }) => accuracy)),
      [measures.macroF1]: mean(folds.map(({ macroF1 }) => macroF1)),
      ...(errors.length > 0 && { [measures.calibration]: mean(errors) }),
    };
  });
}

function ofLarge(run: LargeRun | undefined): Record<string, Figure> {
  if (!run) return {};
  const { accuracy } = run;
  return {
    [measures.largeSeconds]: figureOf([run.measures.seconds]),
    [measures.largePeak]: figureOf([run.measures.peakMegabytes]),
    [measures.largeAccuracy]: figureOf([accuracy]),
  };
}

function compare(theirs: readonly TrainingRun[], ours: readonly TrainingRun[]) {
  const [their, our] = [rightsOf(theirs), rightsOf(ours)];
  const stories = ours.filter(({ seed }) => seed === 1).flatMap((run) => run.stories);
  return {
    mean: mean(their.map((right, row) => right - (our[row] as number))),
    interval: bootstrapDifference(their, our, stories),
  };
}

/** Of each row, fold after fold, the share of seeds with which it was right. */
function rightsOf(runs: readonly TrainingRun[]): number[] {
  const bySeed = seedsOf(runs).map((seed) =>
    runs.filter((run) => run.seed === seed).flatMap(({ rights }) => rights),
  );
  return (bySeed[0] ?? []).map((_, row) => mean(bySeed.map((rights) => Number(rights[row]))));
}

function seedsOf(runs: readonly TrainingRun[]): number[] {
  return [...new Set(runs.map(({ seed }) => seed))];
}
