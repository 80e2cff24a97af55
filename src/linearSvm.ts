// Step 5: linear support vector machines over hashed n-grams, one for each label against all others, trained by dual
// coordinate descent (Hsieh et al., 2008, ICML, algorithm 1 with the squared hinge loss; what LIBLINEAR does). All labels
// learn from a row while it is in the cache. src/assembly/supportVectors.ts computes.
import { setImmediate } from 'node:timers/promises';
import { assemble } from './assembly';
import { inverseFrequency } from './inverseFrequency';
import { layOutNgrams, type TitleCodes } from './ngrams';
import { copyRows, roomOf } from './wordFilters';

/** What the machines learn from. */
export interface SvmRows {
  /** Titles that have a label, and behind them such as are only to be scored. */
  titles: TitleCodes;
  /** Of hashed n-grams, a power of 2. */
  buckets: number;
  /** Label indices [rows]. */
  labels: Int32Array;
  labelCount: number;
  /** How much each row counts; 1 on average. */
  rowWeights: Float64Array;
}

/** For each bucket a weight for every label [buckets, labels], and the labels' biases. */
export interface LinearWeights {
  weights: Float32Array;
  bias: Float32Array;
}

export interface TrainedSvm {
  /** Of every bucket; see inverseFrequency.ts. */
  inverse: Uint8Array;
  weights: LinearWeights;
  /** Of the titles without a label [titles, labels]. */
  scores: Float32Array;
}

/** Chosen on inner splits of the training part of five folds by story. */
const cost = 0.25;
const mostPasses = 12;
/** Visits of rows in all passes together, where there are many rows; at least three passes are made. */
const mostVisits = 1_200_000;
/** Where no row would move a margin by more than this, training ends. */
const tolerance = 0.05;
/** Rows between two looks at whether others wait. */
const rowsAtOnce = 4096;

/** The same rows and seed give the same weights. Where `isStopped` ends it, they are those learnt so far. */
export async function trainLinearSvm(
  rows: SvmRows,
  { seed, isStopped = () => false }: { seed: number; isStopped?: () => boolean },
): Promise<TrainedSvm> {
  const assembly = open(rows);
  const { functions, views } = assembly;
  const count = rows.labels.length;
  for (let first = 0; first < count; first += rowsAtOnce) {
    functions.countTitles(first, Math.min(count, first + rowsAtOnce));
    await setImmediate();
  }
  for (let bucket = 0; bucket < rows.buckets; bucket++) {
    views.inverse[bucket] = inverseFrequency(views.titlesOfBucket[2 * bucket] as number, count);
  }
  functions.seedRandom(seed);
  const passes = Math.min(mostPasses, Math.max(3, Math.round(mostVisits / count)));
  for (let pass = 0; pass < passes; pass++) {
    functions.shuffleRows(count);
    let largest = 0;
    for (let first = 0; first < count; first += rowsAtOnce) {
      if (isStopped()) return read(assembly, rows);
      largest = Math.max(largest, functions.learnRows(first, Math.min(count, first + rowsAtOnce)));
      await setImmediate();
    }
    if (largest < tolerance) break;
  }
  return read(assembly, rows);
}

function open({ titles: { codes, starts }, buckets, labels, labelCount, rowWeights }: SvmRows) {
  const rows = labels.length;
  const width = roomOf(labelCount);
  const longest = starts.reduce((most, start, title) => Math.max(most, start - (starts[title - 1] ?? 0)), 0);
  const ngrams = layOutNgrams(buckets, longest);
  const assembly = assemble(
    {
      ...ngrams.blocks,
      titleCodes: [Uint16Array, codes.length],
      titleStarts: [Uint32Array, starts.length],
      titlesOfBucket: [Uint32Array, 2 * buckets],
      inverse: [Uint8Array, buckets],
      machines: [Float32Array, buckets * width],
      machineBiases: [Float32Array, width],
      titleScores: [Float32Array, width],
      duals: [Float32Array, rows * width],
      rowLabels: [Int32Array, rows],
      rowDiagonals: [Float32Array, rows],
      rowOrder: [Uint32Array, rows],
    },
    () => ({ ...ngrams.settings, labels: labelCount, machineBytes: 4 * width }),
  );
  const { views } = assembly;
  views.titleCodes.set(codes);
  views.titleStarts.set(starts);
  views.rowLabels.set(labels);
  views.rowDiagonals.set(Float32Array.from(labels, (_, row) => 0.5 / (cost * (rowWeights[row] as number))));
  views.rowOrder.set(labels.map((_, row) => row));
  return assembly;
}

function read({ functions, views }: ReturnType<typeof open>, rows: SvmRows): TrainedSvm {
  const { labels, labelCount, titles } = rows;
  const width = roomOf(labelCount);
  const scores = new Float32Array((titles.starts.length - 1 - labels.length) * labelCount);
  for (let place = 0; place < scores.length; place += labelCount) {
    functions.scoreTitle(labels.length + place / labelCount);
    scores.set(views.titleScores.subarray(0, labelCount), place);
  }
  const weights = new Float32Array(rows.buckets * labelCount);
  copyRows({ from: views.machines, columns: width }, { to: weights, columns: labelCount });
  return {
    inverse: views.inverse.slice(),
    weights: { weights, bias: views.machineBiases.slice(0, labelCount) },
    scores,
  };
}
