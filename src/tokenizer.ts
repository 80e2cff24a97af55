// Step 3: titles → numbered tokens. Training and serving share this code; what it has learnt is the vocabulary,
// which travels in the model artifact.

/** Punctuation that Keras' Tokenizer turns into spaces (its default `filters`). */
const filters = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~\t\n]/g;

// Python's \s and \W, in which the workshop's normalisation is written; JavaScript's differ beyond ASCII.
const space = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const nonWord = '[^\\p{L}\\p{N}_]';
const patterns = toPatterns(space, nonWord, 'gu');

/** The same within ASCII, where most English titles lie: more than twice as fast, and the answer is the same. */
const asciiPatterns = toPatterns('[\\t-\\r\\x1c-\\x20]', '[^a-z0-9_]', 'g');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are ASCII, too
const isAscii = /^[\x00-\x7f]*$/;

function toPatterns(space: string, nonWord: string, flags: string) {
  return {
    spaceThenNonWord: new RegExp(space + nonWord, flags),
    nonWordThenSpace: new RegExp(nonWord + space, flags),
    spaces: new RegExp(`${space}+`, flags),
  };
}

/**
 * The workshop's normalisation: lower case; a pair of space and non-word character, in either order, becomes one
 * space, so that punctuation inside words stays; runs of spaces become one.
 * @example
 * ```ts
 * console.log(workshop.normalise('Stocks: up -- again')); // stocks up again
 * ```
 */
export function normalise(title: string): string {
  const { spaceThenNonWord, nonWordThenSpace, spaces } = isAscii.test(title) ? asciiPatterns : patterns;
  return title
    .toLowerCase()
    .replace(spaceThenNonWord, ' ')
    .replace(nonWordThenSpace, ' ')
    .replace(spaces, ' ');
}

/** Runs of text in scripts that put no spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]+/gu;
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

function partWords(text: string): string {
  return text.replace(unspaced, (run) => {
    const words = [...segmenter.segment(run)].filter(({ isWordLike }) => isWordLike);
    return ` ${words.map(({ segment }) => segment).join(' ')} `;
  });
}

/**
 * The tokens of one title: normalised, stripped of Keras' `filters`, split at spaces. Beyond Keras: letters and their
 * accents are composed first (NFC), and words of scripts without spaces are parted by Unicode's rules, so that any
 * script has words.
 * @example
 * ```ts
 * console.log(workshop.tokenise("The cat's e-mail!")); // [ 'the', "cat's", 'e', 'mail' ]
 * ```
 */
export function tokenise(title: string): string[] {
  const text = isAscii.test(title) ? normalise(title) : partWords(normalise(title.normalize('NFC')));
  return text
    .replace(filters, ' ')
    .split(' ')
    .filter((token) => token !== '');
}

/**
 * The most frequent tokens, most frequent first, ties in order of first appearance (Keras' `word_index`).
 * The token at position i has index i + 1; index 0 is padding, so `size` indices hold at most size − 1 tokens.
 * @example
 * ```ts
 * console.log(workshop.learnVocabulary(['Stocks rise', 'Stocks fall'], 3)); // [ 'stocks', 'rise' ]
 * ```
 */
export function learnVocabulary(titles: Iterable<string>, size: number): string[] {
  const counts = new Map<string, number>();
  for (const title of titles) {
    for (const token of tokenise(title)) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, size - 1)
    .map(([token]) => token);
}

/** Titles → one Int32Array of shape [titles, maxLength], row after row. */
export type Encoder = (titles: readonly string[]) => Int32Array;

/**
 * Makes an encoder of a vocabulary. Unknown tokens are left out. Shorter titles are padded with 0 in front and longer
 * ones lose their first tokens (Keras' `pad_sequences` with its defaults, `pre` and `pre`).
 * @example
 * ```ts
 * const encode = workshop.createEncoder(['stocks', 'rise'], 4);
 * console.log(encode(['Stocks rise again'])); // Int32Array(4) [ 0, 0, 1, 2 ]
 * ```
 */
export function createEncoder(vocabulary: readonly string[], maxLength: number): Encoder {
  const indices = new Map(vocabulary.map((token, position) => [token, position + 1]));
  return (titles) => {
    const encoded = new Int32Array(titles.length * maxLength);
    titles.forEach((title, row) => {
      const known = tokenise(title).flatMap((token) => indices.get(token) ?? []);
      const kept = known.slice(-maxLength);
      encoded.set(kept, (row + 1) * maxLength - kept.length);
    });
    return encoded;
  };
}
