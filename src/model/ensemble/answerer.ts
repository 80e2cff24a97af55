// Architecture ensemble, prediction: a title → the sum of both parts' scores. assembly/answering.ts computes and holds all
// weights. The filters' responses to a word are computed for the first title that has it, and kept.

import type { Int8Rows } from '../../text/int8Rows';
import type { EnsembleDescription } from './description';
import { createTitleWriter, hashShift, ngramRoom } from './ngrams';
import { assemble } from './wasm';
import { copyRows, roomOf } from './wideRows';
import { answersOfWord, type ConvolutionWeights, layOutConvolution } from './wordFilters';

/** The weights in an ensemble's artifact. */
export interface EnsembleWeights {
  /** The inverse frequency of every bucket; see inverseFrequency.ts. */
  inverse: Uint8Array;
  /** Weights [buckets, labels], with one scale, and biases [labels]. */
  linear: { bytes: Int8Array; scale: number; bias: Float32Array };
  /** The words' vectors. */
  words: Int8Rows;
  convolution: ConvolutionWeights;
}

/** Bytes before an entry's weights; see `linearEntries`. */
const frequencyBytes = 4;
/** The longest title, in code units, that fits before the first enlargement. */
const firstRoom = 1024;

/** Returns a function from one title to scores [labels], which are valid until the next call. */
export function createAnswerer(
  { shape, vocabulary }: EnsembleDescription,
  { inverse, linear, words, convolution }: EnsembleWeights,
): (title: string) => Float32Array {
  const { buckets, dimensions, labelCount, maxLength } = shape;
  const entryBytes = frequencyBytes + roomOf(labelCount);
  const layout = layOutConvolution(shape, maxLength);
  const spelled = spell(vocabulary);
  const wordRoom = roomOf(vocabulary.length);
  const slotCount = 2 ** Math.ceil(Math.log2(4 * vocabulary.length));
  const scratch = scratchFor(firstRoom);
  const assembly = assemble(
    {
      ...layout.blocks,
      linearEntries: [Int8Array, buckets * entryBytes],
      linearBias: [Float32Array, roomOf(labelCount)],
      wordCodes: [Uint16Array, spelled.codes.length],
      wordStarts: [Uint32Array, spelled.starts.length],
      wordSlots: [Uint32Array, slotCount],
      wordBytes: [Int8Array, wordRoom * dimensions],
      wordScales: [Float32Array, wordRoom],
      areAnswered: [Uint8Array, wordRoom / 4],
      vectors: [Float32Array, 4 * layout.width],
      answers: [Float32Array, wordRoom * answersOfWord(shape)],
      codes: [Uint16Array, scratch.codes],
      ngrams: [Uint32Array, scratch.ngrams],
      title: [Uint32Array, scratch.title],
    },
    (places) => ({
      ...layout.settings(places),
      hashShift: hashShift(buckets),
      wordSlotCount: slotCount,
      dimensions,
      linearScale: linear.scale,
    }),
  );
  const { functions } = assembly;
  fill();

  function fill(): void {
    const { views } = assembly;
    const parts = layout.parts(views.kernel);
    copyRows({ from: convolution.kernel, columns: dimensions }, { to: parts.kernel, columns: layout.width });
    for (const name of ['bias', 'output', 'outputBias'] as const) parts[name].set(convolution[name]);
    functions.transposeKernel();
    fillEntries(views.linearEntries);
    views.linearBias.set(linear.bias);
    views.wordBytes.set(words.bytes);
    views.wordScales.set(words.scales);
    views.wordCodes.set(spelled.codes);
    views.wordStarts.set(spelled.starts);
    functions.indexWords(vocabulary.length);
  }

  function fillEntries(entries: Int8Array): void {
    for (let bucket = 0; bucket < buckets; bucket++) {
      const entry = bucket * entryBytes;
      entries[entry] = inverse[bucket] as number;
      for (let label = 0; label < labelCount; label++) {
        entries[entry + frequencyBytes + label] = linear.bytes[bucket * labelCount + label] as number;
      }
    }
  }

  const viewScores = () => assembly.views.logits.subarray(0, labelCount);
  const writer = createTitleWriter();
  let scores = viewScores();
  return (title) => {
    writer.clear();
    const length = writer.write(title);
    if (length > assembly.views.codes.length) {
      assembly.enlarge(scratchFor(2 * length));
      scores = viewScores();
    }
    assembly.views.codes.set(writer.codes());
    functions.answerTitle(length);
    return scores;
  };
}

/** Returns the sizes of the buffers for a title; a word has at least two code units, including its space. */
function scratchFor(codeUnits: number) {
  return { codes: codeUnits, ngrams: ngramRoom(codeUnits), title: Math.ceil(codeUnits / 2) };
}

/** Returns the words' code units, one word after the other, and where each begins. */
function spell(words: readonly string[]) {
  const codes = new Uint16Array(words.reduce((sum, { length }) => sum + length, 0));
  const starts = new Uint32Array(words.length + 1);
  let end = 0;
  words.forEach((word, place) => {
    for (let at = 0; at < word.length; at++) codes[end++] = word.charCodeAt(at);
    starts[place + 1] = end;
  });
  return { codes, starts };
}
