// The next trial of a tuning job on this machine, from those that are known: by chance, or where a Gaussian process
// expects the largest improvement. It remembers nothing, so that a search goes on from its trials after any interruption.
import { createHash } from 'node:crypto';
import { type Random, seededRandom } from '../../data/random';
import { type Dimension, pointOf, type Values, valuesAt, widthOf } from '../contract/searchSpace';
import { fitGaussianProcess, type GaussianProcess, type Point } from './gaussianProcess';

/** A trial that was started. */
export interface Known {
  values: Values;
  /** To be large; absent while it runs, and where it failed. */
  score?: number;
  hasEnded: boolean;
}

/** Of the settings of the Gaussian process, and of the points at which it is asked. */
const settingsTried = 150;
const pointsTried = 1500;
const nearPoints = 300;

/**
 * The values of the trial that comes after those known. Those proposed before do not come again as long as there are
 * others. The first ones spread evenly over the ranges, whatever they are to be followed by.
 * @param options.learns whether the scores so far count
 */
export function propose(
  space: readonly Dimension[],
  known: readonly Known[],
  { seed, learns }: { seed: number; learns: boolean },
): Values {
  const random = randomOf(seed, known.length);
  const scored = known.filter(({ score }) => score !== undefined);
  const first = Math.max(3, space.length + 1);
  if (!learns) return firstNew(space, known, () => space.map(() => random.fraction()));
  if (known.length < first || scored.length < 2) {
    const shift = randomOf(seed, 'shift');
    const offsets = space.map(() => shift.fraction());
    let index = known.length;
    return firstNew(space, known, () => spread(offsets, ++index));
  }
  return mostPromising(space, known, random);
}

/** Generators of near seeds begin alike; those of their hashes do not. */
function randomOf(seed: number, what: string | number): Random {
  return seededRandom(createHash('sha256').update(`${seed} ${what}`).digest().readInt32LE());
}

/** The first drawn that is not known; after many, the last one all the same. */
function firstNew(space: readonly Dimension[], known: readonly Known[], draw: () => number[]): Values {
  const seen = new Set(known.map(({ values }) => JSON.stringify(values)));
  let values: Values = {};
  for (let attempt = 0; attempt < 200; attempt++) {
    values = valuesAt(space, draw());
    if (!seen.has(JSON.stringify(values))) break;
  }
  return values;
}

/** Halton's sequence (1960), moved by an offset in each dimension. */
function spread(offsets: readonly number[], index: number): number[] {
  return offsets.map((offset, at) => (radicalInverse(index, prime(at)) + offset) % 1);
}

function radicalInverse(index: number, base: number): number {
  let result = 0;
  for (let rest = index, share = 1 / base; rest > 0; rest = Math.floor(rest / base), share /= base) {
    result += (rest % base) * share;
  }
  return result;
}

function prime(at: number): number {
  const primes: number[] = [];
  for (let candidate = 2; primes.length <= at; candidate++) {
    if (primes.every((one) => candidate % one !== 0)) primes.push(candidate);
  }
  return primes[at] as number;
}

/** Where the expected improvement (Jones, Schonlau and Welch, 1998) is largest. */
function mostPromising(space: readonly Dimension[], known: readonly Known[], random: Random): Values {
  const { points, scores, best } = observe(space, known, random);
  const model = fitSettings(points, scores, widthOf(space), random);
  const seen = new Set(known.map(({ values }) => JSON.stringify(values)));
  let chosen: { values: Values; improvement: number } | undefined;
  for (const fractions of candidates(space, best, random)) {
    const values = valuesAt(space, fractions);
    if (seen.has(JSON.stringify(values))) continue;
    const improvement = expectedImprovement(model.at(pointOf(space, values)), Math.max(...scores));
    if (!chosen || improvement > chosen.improvement) chosen = { values, improvement };
  }
  return chosen?.values ?? firstNew(space, known, () => space.map(() => random.fraction()));
}

/**
 * What is known as points and scores with mean 0 and deviation 1. A trial that failed counts as the worst, one that runs as
 * the model of the others expects it, so that others are not sent to the same place.
 */
function observe(space: readonly Dimension[], known: readonly Known[], random: Random) {
  const scored = known.filter((one) => one.score !== undefined);
  const raw = scored.map(({ score }) => score as number);
  const mean = raw.reduce((sum, one) => sum + one, 0) / raw.length;
  const deviation = Math.sqrt(raw.reduce((sum, one) => sum + (one - mean) ** 2, 0) / raw.length) || 1;
  const toScore = (value: number) => (value - mean) / deviation;
  const best = scored[raw.indexOf(Math.max(...raw))] as Known;
  const failed = known.filter(({ hasEnded, score }) => hasEnded && score === undefined);
  const running = known.filter(({ hasEnded, score }) => !hasEnded && score === undefined);
  const points: Point[] = [...scored, ...failed].map(({ values }) => pointOf(space, values));
  const scores = [...raw.map(toScore), ...failed.map(() => toScore(Math.min(...raw)))];
  if (running.length === 0) return { points, scores, best: best.values };
  const model = fitSettings(points, scores, widthOf(space), random);
  const expected = running.map(({ values }) => pointOf(space, values));
  return {
    points: [...points, ...expected],
    scores: [...scores, ...expected.map((point) => model.at(point).mean)],
    best: best.values,
  };
}

/** The process whose lengths and noise explain the scores best, of many drawn. */
function fitSettings(
  points: readonly Point[],
  scores: readonly number[],
  width: number,
  random: Random,
): GaussianProcess {
  const between = (least: number, most: number) => least * (most / least) ** random.fraction();
  let best: GaussianProcess | undefined;
  for (let attempt = 0; attempt < settingsTried; attempt++) {
    const lengths = Array.from({ length: width }, () => between(0.1, 3));
    const model = fitGaussianProcess(points, scores, { lengths, noise: between(1e-3, 0.5) });
    if (!best || model.logLikelihood > best.logLikelihood) best = model;
  }
  return best as GaussianProcess;
}

/** Anywhere, and around the best. */
function* candidates(space: readonly Dimension[], best: Values, random: Random): Generator<number[]> {
  for (let drawn = 0; drawn < pointsTried; drawn++) yield space.map(() => random.fraction());
  const centre = space.map((one) => fractionOf(one, best[one.name] as string | number));
  for (let drawn = 0; drawn < nearPoints; drawn++) {
    yield centre.map((fraction) => {
      const step = (random.fraction() + random.fraction() - 1) * 0.15;
      return Math.min(1 - 1e-9, Math.max(0, fraction + step));
    });
  }
}

/** The inverse of `valuesAt()` in one dimension; of a choice, the middle of its part. */
function fractionOf(one: Dimension, value: string | number): number {
  if (one.kind === 'choice') return (one.values.indexOf(value) + 0.5) / one.values.length;
  return pointOf([one], { [one.name]: value })[0] as number;
}

function expectedImprovement({ mean, deviation }: { mean: number; deviation: number }, best: number): number {
  const z = (mean - best) / deviation;
  return (mean - best) * normalCumulative(z) + (deviation * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}

/** Abramowitz and Stegun, 26.2.17: within 7.5e-8. */
function normalCumulative(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (series * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
  return z > 0 ? 1 - tail : tail;
}
