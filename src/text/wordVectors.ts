// The types of pretrained word vectors, from any source.

/** A vector for each known word. */
export interface WordVectors {
  /** Numbers in each vector. */
  readonly dimensions: number;
  /** The word's vector, or undefined where the word is unknown. */
  lookup(word: string): Float32Array | undefined;
  /** The known words, in the order of the file, which is usually the most frequent first. */
  readonly words: readonly string[];
}

/** Options for large files of word vectors. */
export interface VectorsOptions {
  /** The words to keep, so that a large text file need not fit into memory. @default every word */
  words?: ReadonlySet<string>;
  /** The number of the file's first words to keep in addition to `words`. @default 0 */
  first?: number;
  /** Gets a sentence about the lines of a text file that were skipped, and why. */
  notify?: (sentence: string) => void;
}
