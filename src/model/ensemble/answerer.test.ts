import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import { tokenise } from '../../text/tokenizer';
import { createAnswerer, type EnsembleWeights } from './answerer';
import type { EnsembleDescription } from './description';

type Shape = EnsembleDescription['shape'];

function draw(shape: Shape, random: Random): EnsembleWeights {
  const { buckets, words, dimensions, filters, labelCount } = shape;
  const bytes = (length: number) => Int8Array.from({ length }, () => random.integer(255) - 127);
  const floats = (length: number) => Float32Array.from({ length }, () => random.fraction() - 0.5);
  return {
    inverse: Uint8Array.from({ length: buckets }, () => random.integer(256)),
    linear: { bytes: bytes(buckets * labelCount), scale: 0.01, bias: floats(labelCount) },
    words: { bytes: bytes(words * dimensions), scales: floats(words) },
    convolution: {
      kernel: floats(3 * filters * dimensions),
      bias: floats(2 * filters),
      output: floats(labelCount * 2 * filters),
      outputBias: floats(labelCount),
    },
  };
}

/** The same in plain words: sums over n-grams, and each filter's largest answer over places. */
function expectScores(
  shape: Shape,
  vocabulary: readonly string[],
  weights: EnsembleWeights,
  title: string,
): number[] {
  const { inverse, linear, words, convolution } = weights;
  const { dimensions, filters, labelCount, maxLength } = shape;
  const tokens = tokenise(title);
  const [wordBuckets, characterBuckets] = [
    [...tokens.map(hashOf), ...tokens.slice(1).map((token, at) => pairOf(tokens[at] as string, token))],
    tokens.flatMap((token) => runsOf(` ${token} `)),
  ].map((hashes) => new Set(hashes.map((hash) => bucketOf(hash, shape.buckets)))) as [
    Set<number>,
    Set<number>,
  ];
  // A bucket counts once in a title.
  const groups = [[...wordBuckets], [...characterBuckets].filter((bucket) => !wordBuckets.has(bucket))];
  const known = tokens.map((token) => vocabulary.indexOf(token)).filter((word) => word >= 0);
  const answers = known.slice(-maxLength).map((word) =>
    Array.from({ length: 3 * filters }, (_, filter) => {
      const at = (place: number) =>
        (words.bytes[word * dimensions + place] as number) * (words.scales[word] as number);
      const kernel = convolution.kernel.subarray(filter * dimensions, (filter + 1) * dimensions);
      return kernel.reduce((sum, value, place) => sum + value * at(place), 0);
    }),
  );
  const pooled = Array.from({ length: 2 * filters }, (_, filter) => {
    const places = Array.from({ length: answers.length + Number(filter >= filters) }, (_, place) =>
      filter < filters
        ? (answers[place]?.[filter] as number)
        : (answers[place - 1]?.[filter] ?? 0) + (answers[place]?.[filter + filters] ?? 0),
    );
    return answers.length === 0 ? 0 : Math.max(0, Math.max(...places) + (convolution.bias[filter] as number));
  });
  return Array.from({ length: labelCount }, (_, label) => {
    const ofGroups = groups.map((buckets) => {
      const square = buckets.reduce((sum, bucket) => sum + (inverse[bucket] as number) ** 2, 0);
      const sum = buckets.reduce(
        (sum, bucket) =>
          sum + (inverse[bucket] as number) * (linear.bytes[bucket * labelCount + label] as number),
        0,
      );
      return square > 0 ? (linear.scale * sum) / Math.sqrt(square) : 0;
    });
    const ofPooled = pooled.reduce(
      (sum, value, at) => sum + value * (convolution.output[label * 2 * filters + at] as number),
      0,
    );
    const biases = (linear.bias[label] as number) + (convolution.outputBias[label] as number);
    return biases + ofPooled + (ofGroups[0] as number) + (ofGroups[1] as number);
  });
}

const fnv = (basis: number, text: string) =>
  text.split('').reduce((hash, unit) => Math.imul(hash ^ unit.charCodeAt(0), 0x01000193), basis);
const hashOf = (word: string) => fnv(0x811c9dc5, word);
const pairOf = (one: string, other: string) => Math.imul(hashOf(one), 0x9e3779b1) ^ hashOf(other);

function runsOf(text: string): number[] {
  const runs = [3, 4, 5].flatMap((length) =>
    Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => text.slice(at, at + length)),
  );
  return runs.map((run) => fnv(0x5bd1e995, run));
}

function bucketOf(hash: number, buckets: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const full = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return ((full ^ (full >>> 16)) >>> 0) >>> (32 - Math.log2(buckets));
}

const fragments = [
  'bank',
  'film',
  'naïve',
  '日本語の映画',
  '\ud800',
  'İstanbul',
  'o',
  'x-y',
  '$5.2',
  '--',
  'w1',
  'w2',
  'w3',
];

for (const [labelCount, dimensions, filters, buckets, maxLength] of [
  [2, 1, 8, 2, 1],
  [4, 8, 16, 1024, 3],
  [5, 6, 8, 64, 50],
  [9, 3, 24, 8192, 7],
] as const) {
  test(`titles are answered as sums over their parts say, with ${labelCount} labels`, () => {
    const random = seededRandom(labelCount);
    const known = fragments.flatMap(tokenise);
    // Words that stand twice: the first counts.
    const vocabulary = [...known.slice(labelCount), ...known.slice(-2), 'never'];
    const shape = { labelCount, dimensions, filters, buckets, maxLength, words: vocabulary.length };
    const weights = draw(shape, random);
    const answer = createAnswerer({ shape, vocabulary } as EnsembleDescription, weights);
    for (const length of [0, 1, 2, 5, 12, 900, 3]) {
      const title = Array.from({ length }, () => fragments[random.integer(fragments.length)]).join(' ');
      assertClose(answer(title), expectScores(shape, vocabulary, weights, title), 1e-3);
    }
  });
}

test('a vocabulary of one word and a title longer than any before are answered', () => {
  const shape = { labelCount: 2, dimensions: 2, filters: 8, buckets: 16, maxLength: 2, words: 1 };
  const weights = draw(shape, seededRandom(1));
  const answer = createAnswerer({ shape, vocabulary: ['bank'] } as EnsembleDescription, weights);
  for (const title of ['bank', 'b'.repeat(10_000), `${'bank '.repeat(500)}end`, 'bank']) {
    assertClose(answer(title), expectScores(shape, ['bank'], weights, title), 2e-2);
  }
  assert.deepEqual(answer('bank').length, 2);
});
