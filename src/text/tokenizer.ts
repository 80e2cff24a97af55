// Titles → numbered tokens, for training and serving. Its learned state is the vocabulary, which is stored in the model
// artifact.
import { createTokenIndex } from './tokenIndex';

/**
 * The largest number of UTF-16 code units read of a text, in training and serving. A longer text is cut to its end, since
 * networks read the last tokens. Reading takes a fraction of a second in any script.
 */
export const longestText = 131_072;

/** Returns the part of a text that is read. */
export function readablePart(text: string): string {
  return text.length > longestText ? text.slice(-longestText) : text;
}

/** Punctuation that Keras' Tokenizer turns into spaces (its default `filters`). */
const filters = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~\t\n]/g;

// Python's \s and \W, in which the workshop's normalisation is written; JavaScript's differ beyond ASCII.
const space = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const nonWord = '[^\\p{L}\\p{N}_]';
const patterns = toPatterns(space, nonWord, 'gu');

/** The same patterns for ASCII, which covers most English titles: the same result, more than twice as fast. */
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
 * Normalises a title as the workshop does: converts it to lower case, replaces a pair of space and non-word character, in
 * either order, by one space (so that punctuation inside words stays), and runs of spaces by one.
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
/** Created when a title needs it, because its tables are large. */
let segmenter: Intl.Segmenter | undefined;

/** UTF-16 code units segmented at a time: the segmenter copies its whole input into each segment. */
const segmentedAtOnce = 256;

/** Puts spaces around the words of scripts without spaces. */
function partWords(text: string): string {
  const runs = text.match(unspaced);
  if (!runs) return text;
  const parted = toBatches(runs).flatMap((batch) => wordsOf(batch).join(' ').split('\n'));
  let at = 0;
  return text.replace(unspaced, () => ` ${parted[at++]} `);
}

/** Joins short runs with line ends, where words always end: a call of the segmenter costs as much as ten words. */
function toBatches(runs: readonly string[]): string[] {
  const batches: string[] = [];
  for (const run of runs) {
    const last = batches.length - 1;
    const joined = last < 0 ? run : `${batches[last]}\n${run}`;
    if (last >= 0 && joined.length <= segmentedAtOnce) batches[last] = joined;
    else batches.push(run);
  }
  return batches;
}

/** Returns the words of a text, and its line ends. */
function wordsOf(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
  const words: string[] = [];
  for (let start = 0; start < text.length; ) {
    const isLast = text.length - start <= segmentedAtOnce;
    const segments = [...segmenter.segment(text.slice(start, start + segmentedAtOnce))];
    // The cut may have torn the last word: segment it again with what follows.
    const torn = isLast || segments.length === 1 ? undefined : segments.pop();
    for (const { segment, isWordLike } of segments) if (isWordLike || segment === '\n') words.push(segment);
    start += torn?.index ?? segmentedAtOnce;
  }
  return words;
}

/**
 * Composes letters and their accents (NFC). Sorting the marks after a letter takes quadratic time, so a joiner splits
 * runs of more marks than any language has, as in Unicode's Stream-Safe Text Process (UAX #15).
 */
function compose(text: string): string {
  return text.replace(endlessMarks, '$&\u034f').normalize('NFC');
}

const endlessMarks = /\p{M}{128}(?=\p{M})/gu;

/** Called for each token: the part of `text` from `start` to `end`. */
export type TokenVisitor = (text: string, start: number, end: number) => void;

/**
 * Matches anything that makes a title not plain: an apostrophe outside a word, a control character, or a non-ASCII
 * character.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those between the spaces of ASCII
const notPlain = /(?<![a-z0-9])'|'(?![a-z0-9])|[^\t-\r\x1c-~]/i;

/** For each ASCII code unit, whether it belongs to a token. In plain titles, tokens are runs of such code units. */
const inToken = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(/[a-z0-9']/.test(String.fromCharCode(code))),
);

/**
 * The tokens of one title, in order: normalised, stripped of Keras' `filters`, split at spaces. Unlike Keras, composes
 * letters and their accents first (NFC), and splits scripts without spaces into words by Unicode's rules. Reads only the
 * end of a text longer than {@link longestText}.
 */
export function visitTokens(title: string, visit: TokenVisitor): void {
  const text = readablePart(title);
  if (!notPlain.test(text)) visitRuns(text.toLowerCase(), visit);
  else visitNormalised(text, visit);
}

/**
 * For each ASCII code unit: itself in lower case if it belongs to a token, a space if it separates tokens, otherwise 0.
 */
const plainCodes = Uint16Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z0-9]/i.test(character)) return character.toLowerCase().charCodeAt(0);
  return character !== "'" && !notPlain.test(character) ? 0x20 : 0;
});

/**
 * Writes the tokens of a title of ASCII letters and digits without apostrophes, a space after each. Returns where they
 * end, or -1 for any other title. Five times as fast as {@link visitTokens}, with the same tokens.
 */
export function writePlainTokens(title: string, codes: Uint16Array, start: number): number {
  let end = start;
  let last = 0x20;
  for (let at = 0; at < title.length; at++) {
    const code = title.charCodeAt(at);
    if (code > 127) return -1;
    const plain = plainCodes[code] as number;
    if (plain === 0) return -1;
    if (plain !== 0x20 || last !== 0x20) codes[end++] = plain;
    last = plain;
  }
  if (last !== 0x20) codes[end++] = 0x20;
  return end;
}

function visitNormalised(title: string, visit: TokenVisitor): void {
  const text = isAscii.test(title) ? normalise(title) : partWords(normalise(compose(title)));
  for (const token of text.replace(filters, ' ').split(' ')) {
    if (token !== '') visit(token, 0, token.length);
  }
}

function visitRuns(text: string, visit: TokenVisitor): void {
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (inToken[text.charCodeAt(at)]) continue;
    if (at > start) visit(text, start, at);
    start = at + 1;
  }
  if (text.length > start) visit(text, start, text.length);
}

/**
 * The tokens of one title, in order: normalised, stripped of Keras' `filters`, split at spaces, in any script.
 * @example
 * ```ts
 * console.log(workshop.tokenise("The cat's e-mail!")); // [ 'the', "cat's", 'e', 'mail' ]
 * ```
 */
export function tokenise(title: string): string[] {
  const tokens: string[] = [];
  visitTokens(title, (text, start, end) => tokens.push(text.slice(start, end)));
  return tokens;
}

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
export interface TokenCounter {
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
