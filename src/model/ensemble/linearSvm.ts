// Linear support vector machines over hashed n-grams, one for each label against all others, trained by dual
// coordinate descent (Hsieh et al., 2008, ICML, algorithm 1 with the squared hinge loss; what LIBLINEAR does). All labels
// learn from a row while it is in the cache. assembly/supportVectors.ts computes.
import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../platform/errors';
import { findNonFinite } from '../../platform/finite';
import { inverseFrequency } from './inverseFrequency';
import { hashShift, ngramRoom, type TitleCodes } from './ngrams';
import { assemble } from './wasm';
import { roomOf } from './wideRows';

/** The training rows of the machines. */
export interface SvmRows {
  /** Titles with a label, followed by titles that are only scored. */
  titles: TitleCodes;
  /** Buckets for hashed n-grams, a power of 2 up to 2 ** 24. */
  buckets: number;
  /** Label indices [rows]. */
  labels: Int32Array;
  labelCount: number;
  /** The weight of each row, 1 on average. */
  rowWeights: Float64Array;
}

/** Weights [buckets, labels] and biases [labels]. */
export interface LinearWeights {
  weights: Float32Array;
  bias: Float32Array;
}

export interface TrainedSvm {
  /** The inverse frequency of every bucket; see inverseFrequency.ts. */
  inverse: Uint8Array;
  weights: LinearWeights;
  /** The scores of the titles without a label [titles, labels]. */
  scores: Float32Array;
}

/** Chosen on inner splits of the training part of five folds by story. */
const cost = 0.25;
const mostPasses = 12;
/** The most visits of rows in all passes together, but there are at least three passes. */
const mostVisits = 1_200_000;
/** Training ends when no row would move a margin by more than this. */
const tolerance = 0.05;
/** Rows processed before yielding to signals and timers. */
const rowsAtOnce = 4096;

/** Trains the machines; the same rows and seed give the same weights. If `isStopped` stops it, they are those so far. */
export async function trainLinearSvm(
  rows: SvmRows,
  { seed, isStopped = () => false }: { seed: number; isStopped?: () => boolean },
): Promise<TrainedSvm> {
  const assembly = open(rows);
  const { functions, views } = assembly;
  const count = rows.labels.length;
  await inTurns(count, () => false, functions.countTitles);
  const inverse = new Uint8Array(rows.buckets).map((_, bucket) =>
    inverseFrequency(views.titlesOfBucket[bucket] as number, count),
  );
  const places = frequentFirst(inverse);
  views.entries.set(places.map((place, bucket) => place + (inverse[bucket] as number) * 2 ** 24));
  functions.seedRandom(seed);
  const passes = Math.min(mostPasses, Math.max(3, Math.round(mostVisits / count)));
  for (let pass = 0; pass < passes; pass++) {
    functions.shuffleRows(count);
    let largest = 0;
    const isWhole = await inTurns(count, isStopped, (first, end) => {
      largest = Math.max(largest, functions.learnRows(first, end));
    });
    if (!isWhole || largest < tolerance) break;
  }
  const learnt = read(assembly, rows, places);
  checkNumbers(learnt);
  return { inverse, ...learnt };
}

function checkNumbers({ weights: { weights, bias }, scores }: Omit<TrainedSvm, 'inverse'>): void {
  if ([weights, bias, scores].every((values) => findNonFinite(values) < 0)) return;
  throw new UserError(
    'Training diverged: a weight of the linear part is not finite. Choose another architecture.',
  );
}

/** Works through the rows and yields to signals and timers in between. Returns whether it reached the last row. */
async function inTurns(rows: number, isStopped: () => boolean, work: (first: number, end: number) => void) {
  for (let first = 0; first < rows; first += rowsAtOnce) {
    if (isStopped()) return false;
    work(first, Math.min(rows, first + rowsAtOnce));
    await setImmediate();
  }
  return true;
}

/** Returns a place for every bucket, such that frequent n-grams lie close together, and so in the cache. */
function frequentFirst(inverse: Uint8Array): Uint32Array {
  const next = new Uint32Array(257);
  for (const value of inverse) next[value + 1] = (next[value + 1] as number) + 1;
  for (let value = 1; value < next.length; value++) {
    next[value] = (next[value] as number) + (next[value - 1] as number);
  }
  const places = new Uint32Array(inverse.length);
  for (const [bucket, value] of inverse.entries()) {
    places[bucket] = next[value] as number;
    next[value] = (next[value] as number) + 1;
  }
  return places;
}

function open({ titles: { codes, starts }, buckets, labels, labelCount, rowWeights }: SvmRows) {
  const rows = labels.length;
  const width = roomOf(labelCount);
  const longest = starts.reduce((most, start, title) => Math.max(most, start - (starts[title - 1] ?? 0)), 0);
  const assembly = assemble(
    {
      ngrams: [Uint32Array, ngramRoom(longest)],
      titleCodes: [Uint16Array, codes.length],
      titleStarts: [Uint32Array, starts.length],
      titlesOfBucket: [Uint32Array, buckets],
      seenBuckets: [Uint8Array, buckets],
      entries: [Uint32Array, buckets],
      machines: [Float32Array, buckets * width],
      machineBiases: [Float32Array, width],
      titleScores: [Float32Array, width],
      duals: [Float32Array, rows * width],
      rowLabels: [Int32Array, rows],
      rowDiagonals: [Float32Array, rows],
      rowOrder: [Uint32Array, rows],
    },
    () => ({ hashShift: hashShift(buckets), labels: labelCount, machineBytes: 4 * width }),
  );
  const { views } = assembly;
  views.titleCodes.set(codes);
  views.titleStarts.set(starts);
  views.rowLabels.set(labels);
  views.rowDiagonals.set(Float32Array.from(labels, (_, row) => 0.5 / (cost * (rowWeights[row] as number))));
  views.rowOrder.set(labels.map((_, row) => row));
  return assembly;
}

function read(
  { functions, views }: ReturnType<typeof open>,
  { labels, labelCount, titles, buckets }: SvmRows,
  places: Uint32Array,
): Omit<TrainedSvm, 'inverse'> {
  const width = roomOf(labelCount);
  const weights = new Float32Array(buckets * labelCount);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = (places[bucket] as number) * width;
    for (let label = 0; label < labelCount; label++) {
      weights[bucket * labelCount + label] = views.machines[from + label] as number;
    }
  }
  const scores = new Float32Array((titles.starts.length - 1 - labels.length) * labelCount);
  for (let place = 0; place < scores.length; place += labelCount) {
    functions.scoreTitle(labels.length + place / labelCount);
    scores.set(views.titleScores.subarray(0, labelCount), place);
  }
  return { weights: { weights, bias: views.machineBiases.slice(0, labelCount) }, scores };
}
