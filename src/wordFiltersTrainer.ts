// Step 5: the convolution in training, word vectors included: gradients written out, Adam, and what keeps it from
// learning the titles by heart (left-out words and filters, smoothed labels). Plain arithmetic in a fixed order, so that
// the same seed gives the same weights on every machine.
import { applyAdam, type Moments, newMoments, stepSize } from './adam';
import type { Examples } from './examples';
import { type Random, seededRandom } from './random';
import { softmax } from './softmax';
import type { Trainer } from './trainer';
import {
  answerFilters,
  answersOfWord,
  type ConvolutionShape,
  type ConvolutionWeights,
  newPooled,
  pool,
  toLogits,
  toWideRows,
  wideColumns,
} from './wordFilters';

export interface ConvolutionSettings {
  shape: ConvolutionShape;
  epochs: number;
  learningRate: number;
  seed: number;
  /** How much each training row counts; 1 on average. */
  rowWeights: Float64Array;
  /** @default what has been found best for headlines */
  regularisation?: Regularisation;
}

/** What keeps the convolution from learning the titles by heart. */
export interface Regularisation {
  /** The share of words that are left out of a title at random. */
  leftOutWords: number;
  /** The share of filters whose answer is left out. */
  leftOutFilters: number;
  /** The share of a label's certainty that is spread over all labels. */
  smoothing: number;
}

/** Chosen on inner splits of the training part of five folds by story. */
const chosen: Regularisation = { leftOutWords: 0.1, leftOutFilters: 0.3, smoothing: 0.1 };
/** Of the learning rate, for the word vectors. */
const shareOfVectors = 0.6;

export interface ConvolutionTrainer extends Omit<Trainer, 'measure'> {
  /** The logits of one of the examples; valid until the next call. */
  logits(examples: Examples, row: number): Float32Array;
}

/** Trains `embedding` [words, dimensions], whose first row is that of no word, and `weights` in place. */
export function createConvolutionTrainer(
  embedding: Float32Array,
  weights: ConvolutionWeights,
  settings: ConvolutionSettings,
): ConvolutionTrainer {
  const { shape, epochs, learningRate, seed, rowWeights } = settings;
  const { leftOutWords, leftOutFilters, smoothing } = settings.regularisation ?? chosen;
  const { dimensions, filters, labelCount } = shape;
  const perWord = answersOfWord(shape);
  const width = wideColumns(dimensions);
  const sums = new Float64Array(width);
  const values = [embedding, weights.kernel, weights.bias, weights.output, weights.outputBias];
  const gradients = values.map(({ length }) => new Float32Array(length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const moments = values.map(({ length }) => newMoments(length));
  const slots = new Int32Array(embedding.length / dimensions).fill(-1);
  const pooled = newPooled(filters);
  const logits = new Float32Array(labelCount);
  const ofPooled = new Float32Array(2 * filters);
  let random: Random = seededRandom(seed);
  let [epoch, taken, steps] = [1, 0, 0];

  /** The words of each row, but for those left out, and the vectors of all of them, one after the other. */
  function gather({ tokens, maxLength }: Examples, rows: readonly number[], share: number) {
    const words: number[] = [];
    const titles = rows.map((row) => {
      const title: number[] = [];
      for (let at = row * maxLength; at < (row + 1) * maxLength; at++) {
        const word = tokens[at] as number;
        if (word === 0 || (share > 0 && random.fraction() < share)) continue;
        if (slots[word] === -1) slots[word] = words.push(word) - 1;
        title.push((slots[word] as number) * perWord);
      }
      return title;
    });
    for (const word of words) slots[word] = -1;
    const vectors = toWideRows(embedding, dimensions, words);
    const kernel = toWideRows(weights.kernel, dimensions);
    const answers = new Float64Array((vectors.length / width) * perWord);
    answerFilters(vectors, kernel, width, answers);
    return { words, titles, vectors, kernel, answers };
  }

  /** Leaves filters out, and scales what is left up. */
  function thin(): void {
    for (let at = 0; at < 2 * filters; at++) {
      const value = pooled.values[at] as number;
      if (value > 0)
        pooled.values[at] = random.fraction() < leftOutFilters ? 0 : value / (1 - leftOutFilters);
    }
  }

  /** Through the dense layer, and back to `ofPooled`. Gives the loss without smoothing. */
  function dense(label: number, share: number): { loss: number; right: number } {
    toLogits(pooled.values, weights, logits);
    const best = logits.indexOf(Math.max(...logits));
    softmax(logits, labelCount);
    const loss = -Math.log(Math.max(logits[label] as number, Number.MIN_VALUE));
    ofPooled.fill(0);
    for (let other = 0; other < labelCount; other++) {
      const wanted = (other === label ? 1 - smoothing : 0) + smoothing / labelCount;
      const slope = ((logits[other] as number) - wanted) * share;
      gradients[4][other] = (gradients[4][other] as number) + slope;
      const from = other * 2 * filters;
      for (let at = 0; at < 2 * filters; at++) {
        const to = from + at;
        gradients[3][to] = (gradients[3][to] as number) + slope * (pooled.values[at] as number);
        ofPooled[at] = (ofPooled[at] as number) + slope * (weights.output[to] as number);
      }
    }
    return { loss, right: Number(best === label) };
  }

  /** From `ofPooled` to the gradients of bias and of the answers that were largest. */
  function unpool(title: readonly number[], ofAnswers: Float64Array): void {
    const add = (place: number, answer: number, slope: number) => {
      const word = title[place];
      if (word !== undefined) ofAnswers[word + answer] = (ofAnswers[word + answer] as number) + slope;
    };
    for (let at = 0; at < 2 * filters; at++) {
      if (pooled.values[at] === 0) continue;
      const slope = (ofPooled[at] as number) / (1 - leftOutFilters);
      gradients[2][at] = (gradients[2][at] as number) + slope;
      const place = pooled.places[at] as number;
      add(place, at, slope);
      if (at >= filters) add(place + 1, at + filters, slope);
    }
  }

  /** From the gradient of the answers [words, answers], most of which is 0, to those of word vectors and kernel. */
  function unanswer({ words, vectors, kernel }: ReturnType<typeof gather>, ofAnswers: Float64Array): void {
    words.forEach((word, slot) => {
      const slopes = ofAnswers.subarray(slot * perWord, (slot + 1) * perWord);
      sumRows(kernel, slopes, 1, sums);
      for (let at = 0; at < dimensions; at++) gradients[0][word * dimensions + at] = sums[at] as number;
    });
    for (let answer = 0; answer < perWord; answer++) {
      sumRows(vectors, ofAnswers.subarray(answer), perWord, sums);
      for (let at = 0; at < dimensions; at++) gradients[1][answer * dimensions + at] = sums[at] as number;
    }
  }

  /** The learning rate falls evenly to 0; word vectors that the rows do not have stay as they are. */
  function move(words: readonly number[]): void {
    const left = 1 - (epoch - 1 + taken / rowWeights.length) / epochs;
    const size = stepSize(learningRate * left, ++steps);
    for (const word of words) {
      applyAdam(embedding, gradients[0], moments[0] as Moments, {
        size: shareOfVectors * size,
        start: word * dimensions,
        end: (word + 1) * dimensions,
      });
    }
    for (const index of [1, 2, 3, 4] as const) {
      applyAdam(values[index] as Float32Array, gradients[index], moments[index] as Moments, { size });
    }
  }

  return {
    beginEpoch(next) {
      random = seededRandom(seed + 104_729 * next);
      [epoch, taken] = [next, 0];
    },
    step(examples, rows) {
      const gathered = gather(examples, rows, leftOutWords);
      const ofAnswers = new Float64Array(gathered.answers.length);
      const measured = { loss: 0, right: 0 };
      rows.forEach((row, index) => {
        const title = gathered.titles[index] as number[];
        pool(gathered.answers, title, weights, pooled);
        thin();
        const { loss, right } = dense(
          examples.labels[row] as number,
          (rowWeights[row] as number) / rows.length,
        );
        unpool(title, ofAnswers);
        measured.loss += loss;
        measured.right += right;
      });
      unanswer(gathered, ofAnswers);
      move(gathered.words);
      taken += rows.length;
      return measured;
    },
    logits(examples, row) {
      const { titles, answers } = gather(examples, [row], 0);
      pool(answers, titles[0] as number[], weights, pooled);
      toLogits(pooled.values, weights, logits);
      return logits;
    },
    weights: () => values.map((numbers) => numbers.slice()),
    optimizer: () => [
      Float32Array.of(steps),
      ...moments.flatMap(({ first, second }) => [first.slice(), second.slice()]),
    ],
    restore(saved, state) {
      values.forEach((numbers, index) => {
        numbers.set(saved[index] as Float32Array);
      });
      if (!state) return;
      steps = state[0]?.[0] as number;
      moments.forEach(({ first, second }, index) => {
        first.set(state[1 + 2 * index] as Float32Array);
        second.set(state[2 + 2 * index] as Float32Array);
      });
    },
  };
}

/**
 * The sum of rows of wide numbers, each times a factor: every `stride`th of `factors`, of which those that are 0 cost
 * nothing.
 */
function sumRows(rows: Float64Array, factors: Float64Array, stride: number, sums: Float64Array): void {
  const width = sums.length;
  const used: number[] = [];
  for (let at = 0; at < factors.length; at += stride) if (factors[at] !== 0) used.push(at);
  for (let column = 0; column < width; column += 4) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let index = 0; index < used.length; index++) {
      const at = used[index] as number;
      const factor = factors[at] as number;
      const from = (at / stride) * width + column;
      sum0 += factor * (rows[from] as number);
      sum1 += factor * (rows[from + 1] as number);
      sum2 += factor * (rows[from + 2] as number);
      sum3 += factor * (rows[from + 3] as number);
    }
    sums[column] = sum0;
    sums[column + 1] = sum1;
    sums[column + 2] = sum2;
    sums[column + 3] = sum3;
  }
}
