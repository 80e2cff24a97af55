// Tokens → numbers. The vocabulary is what training has learned about words; the model artifact holds it.
import { createTokenIndex } from './tokenIndex';
import { visitTokens } from './tokenizer';

/**
 * Returns the most frequent tokens, most frequent first, ties in order of first appearance (Keras' `word_index`).
 * The token at position i has the index i + 1; index 0 is padding, so `size` indices cover at most size − 1 tokens.
 * @example
 * ```ts
 * console.log(workshop.learnVocabulary(['Stocks rise', 'Stocks fall'], 3)); // [ 'stocks', 'rise' ]
 * ```
 */
export function learnVocabulary(titles: Iterable<string>, size: number): string[] {
  const counter = createTokenCounter();
  for (const title of titles) counter.add(title);
  return counter.mostFrequent(size - 1);
}

/** Counts the tokens of titles. */
interface TokenCounter {
  add(title: string): void;
  /** Ties in order of first appearance. */
  mostFrequent(count: number): string[];
}

/** Counts incrementally; {@link learnVocabulary} counts all titles at once. */
export function createTokenCounter(): TokenCounter {
  const { tokens, add } = createTokenIndex();
  const counts: number[] = [];
  return {
    add(title) {
      visitTokens(title, (text, start, end) => {
        const at = add(text, start, end);
        counts[at] = (counts[at] ?? 0) + 1;
      });
    },
    mostFrequent: (count) =>
      [...counts.keys()]
        .sort((a, b) => (counts[b] as number) - (counts[a] as number))
        .slice(0, count)
        .map((at) => tokens[at] as string),
  };
}

/** Encodes titles as one Int32Array of shape [titles, maxLength], row by row. */
export type Encoder = (titles: readonly string[]) => Int32Array;

/**
 * Makes an encoder of a vocabulary. Unknown tokens are dropped. Shorter titles are padded with 0 in front; longer ones
 * lose their first tokens (Keras' `pad_sequences` with its defaults, `pre` and `pre`).
 * @example
 * ```ts
 * const encode = workshop.createEncoder(['stocks', 'rise'], 4);
 * console.log(encode(['Stocks rise again'])); // Int32Array(4) [ 0, 0, 1, 2 ]
 * ```
 */
export function createEncoder(vocabulary: readonly string[], maxLength: number): Encoder {
  const { find } = createTokenIndex(vocabulary);
  return (titles) => {
    const encoded = new Int32Array(titles.length * maxLength);
    titles.forEach((title, row) => {
      const known: number[] = [];
      visitTokens(title, (text, start, end) => {
        const at = find(text, start, end);
        if (at >= 0) known.push(at + 1);
      });
      const kept = known.slice(-maxLength);
      encoded.set(kept, (row + 1) * maxLength - kept.length);
    });
    return encoded;
  };
}
