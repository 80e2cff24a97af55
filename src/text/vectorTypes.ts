// The types of pretrained word vectors, from any source.

/** A vector for each known word. */
export interface WordVectors {
  /** Numbers in each vector. */
  readonly dimensions: number;
  /** The word's vector, or undefined if the word is unknown. */
  lookup(word: string): Float32Array | undefined;
  /** The known words in the order of the file, usually the most frequent first. */
  readonly words: readonly string[];
}

/** Options for large files of word vectors. */
export interface VectorsOptions {
  /** The words to keep of a text file that is too large for memory. @default every word */
  words?: ReadonlySet<string>;
  /** The number of the file's first words to keep in addition to `words`. @default 0 */
  first?: number;
  /** Called with a sentence about the skipped lines of a text file. */
  notify?: (sentence: string) => void;
}
