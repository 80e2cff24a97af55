// Step 5: linear support vector machines over hashed n-grams, one for each label against all others, trained by dual
// coordinate descent (Hsieh et al., 2008, ICML, algorithm 1 with the squared hinge loss; what LIBLINEAR does). All labels
// learn from a row while it is in the cache.
import { setImmediate } from 'node:timers/promises';
import { groupScale } from './inverseFrequency';
import { type Ngrams, ngramGroups } from './ngrams';
import { seededRandom, shuffled } from './random';

/** What the machines learn from. */
export interface SvmRows {
  ngrams: Ngrams;
  /** Of every bucket; see inverseFrequency.ts. */
  inverse: Uint8Array;
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
): Promise<LinearWeights> {
  const machine = prepare(rows);
  const random = seededRandom(seed);
  const count = rows.labels.length;
  const passes = Math.min(mostPasses, Math.max(3, Math.round(mostVisits / count)));
  for (let pass = 0; pass < passes; pass++) {
    const order = shuffled(rows.labels.keys(), random);
    let largest = 0;
    for (let first = 0; first < count; first += rowsAtOnce) {
      if (isStopped()) return machine.weights();
      const some = order.slice(first, first + rowsAtOnce);
      largest = some.reduce((most, row) => Math.max(most, machine.learn(row)), largest);
      await setImmediate();
    }
    if (largest < tolerance) break;
  }
  return machine.weights();
}

/**
 * The table holds for each n-gram its inverse frequency and then the labels' weights, so that one look into memory finds
 * all of them; frequent n-grams stand together, so that most looks find them in the cache. The last entry is the bias,
 * whose value is 1 in every row.
 */
function prepare({ ngrams: { buckets, starts }, inverse, labels, labelCount, rowWeights }: SvmRows) {
  const stride = labelCount + 1;
  const order = frequentFirst(buckets, inverse);
  const entryOf = new Int32Array(inverse.length);
  const table = new Float32Array((order.length + 1) * stride);
  order.forEach((bucket, place) => {
    entryOf[bucket] = place * stride;
    table[place * stride] = inverse[bucket] as number;
  });
  const biasAt = order.length * stride;
  const scales = Float64Array.from({ length: starts.length - 1 }, (_, group) =>
    groupScale(inverse, buckets, { start: starts[group] as number, end: starts[group + 1] as number }),
  );
  const alphas = new Float64Array(labels.length * labelCount);
  const longest = longestRow(starts) + 1;
  const entries = new Int32Array(longest);
  const values = new Float64Array(longest);

  /** Finds a row's places in the table and its values there, the bias last. Gives how many there are. */
  function find(row: number): number {
    let count = 0;
    for (let group = ngramGroups * row; group < ngramGroups * (row + 1); group++) {
      const scale = scales[group] as number;
      const end = starts[group + 1] as number;
      for (let at = starts[group] as number; at < end; at++) {
        const entry = entryOf[buckets[at] as number] as number;
        entries[count] = entry;
        values[count++] = scale * (table[entry] as number);
      }
    }
    entries[count] = biasAt;
    values[count++] = 1;
    return count;
  }

  /** The row's squared length: 1 for each group that is not empty, 1 for the bias. */
  function squaredLength(row: number): number {
    let squares = 1;
    for (let group = ngramGroups * row; group < ngramGroups * (row + 1); group++) {
      if ((scales[group] as number) > 0) squares++;
    }
    return squares;
  }

  return {
    /** One step on a row, for all labels; gives the largest violation of optimality that it found. */
    learn(row: number): number {
      const count = find(row);
      const squares = squaredLength(row);
      const diagonal = 0.5 / (cost * (rowWeights[row] as number));
      let largest = 0;
      for (let label = 0; label < labelCount; label++) {
        const place = label + 1;
        let score = 0;
        for (let at = 0; at < count; at++) {
          score += (values[at] as number) * (table[(entries[at] as number) + place] as number);
        }
        const sign = labels[row] === label ? 1 : -1;
        const alpha = alphas[row * labelCount + label] as number;
        const gradient = sign * score - 1 + diagonal * alpha;
        const violation = alpha === 0 ? Math.min(gradient, 0) : gradient;
        if (violation === 0) continue;
        largest = Math.max(largest, Math.abs(violation));
        const next = Math.max(0, alpha - gradient / (squares + diagonal));
        const change = sign * (next - alpha);
        alphas[row * labelCount + label] = next;
        for (let at = 0; at < count; at++) {
          const entry = (entries[at] as number) + place;
          table[entry] = (table[entry] as number) + change * (values[at] as number);
        }
      }
      return largest;
    },
    weights(): LinearWeights {
      const weights = new Float32Array(inverse.length * labelCount);
      order.forEach((bucket, place) => {
        const from = place * stride + 1;
        weights.set(table.subarray(from, from + labelCount), bucket * labelCount);
      });
      return { weights, bias: table.slice(biasAt + 1) };
    },
  };
}

/** The buckets that hold n-grams, those of frequent ones first. */
function frequentFirst(buckets: Uint32Array, inverse: Uint8Array): Uint32Array {
  const isUsed = new Uint8Array(inverse.length);
  for (const bucket of buckets) isUsed[bucket] = 1;
  const starts = new Uint32Array(257);
  inverse.forEach((value, bucket) => {
    starts[value + 1] = (starts[value + 1] as number) + (isUsed[bucket] as number);
  });
  for (let value = 1; value < starts.length; value++) {
    starts[value] = (starts[value] as number) + (starts[value - 1] as number);
  }
  const order = new Uint32Array(starts[256] as number);
  inverse.forEach((value, bucket) => {
    if (!isUsed[bucket]) return;
    order[starts[value] as number] = bucket;
    starts[value] = (starts[value] as number) + 1;
  });
  return order;
}

/** The most n-grams that a row has. */
function longestRow(starts: Uint32Array): number {
  let most = 0;
  for (let group = ngramGroups; group < starts.length; group += ngramGroups) {
    most = Math.max(most, (starts[group] as number) - (starts[group - ngramGroups] as number));
  }
  return most;
}

/** The scores of rows [rows, labels]. */
export function scoreRows(
  { buckets, starts }: Ngrams,
  inverse: Uint8Array,
  { weights, bias }: LinearWeights,
): Float32Array {
  const labelCount = bias.length;
  const scores = new Float32Array(((starts.length - 1) / ngramGroups) * labelCount);
  for (let group = 0; group < starts.length - 1; group++) {
    const [start, end] = [starts[group] as number, starts[group + 1] as number];
    const scale = groupScale(inverse, buckets, { start, end });
    const to = Math.floor(group / ngramGroups) * labelCount;
    for (let label = 0; label < labelCount; label++) {
      let sum = (bias[label] as number) / ngramGroups;
      for (let at = start; at < end; at++) {
        const bucket = buckets[at] as number;
        sum += scale * (inverse[bucket] as number) * (weights[bucket * labelCount + label] as number);
      }
      scores[to + label] = (scores[to + label] as number) + sum;
    }
  }
  return scores;
}
