// Normalises text: lower case, spaces and punctuation, composed letters. Training and serving read text through it.

/**
 * The largest number of UTF-16 code units read of a text, in training and serving. A longer text is cut to its end, since
 * networks read the last tokens; a transformer reads the first, and cuts by itself. Reading takes a fraction of a second in any script.
 */
export const longestText = 131_072;

/** Returns the part of a text that is read. */
export function readablePart(text: string): string {
  return text.length > longestText ? text.slice(-longestText) : text;
}

// Python's \s and \W, in which the workshop's normalisation is written; JavaScript's differ beyond ASCII.
const space = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const nonWord = '[^\\p{L}\\p{N}_]';
const patterns = toPatterns(space, nonWord, 'gu');

/** The same patterns for ASCII, which covers most English titles: the same result, more than twice as fast. */
const asciiPatterns = toPatterns('[\\t-\\r\\x1c-\\x20]', '[^a-z0-9_]', 'g');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are ASCII, too
export const isAscii = /^[\x00-\x7f]*$/;

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

/**
 * Composes letters and their accents (NFC). Sorting the marks after a letter takes quadratic time, so a joiner splits
 * runs of more marks than any language has, as in Unicode's Stream-Safe Text Process (UAX #15).
 */
export function compose(text: string): string {
  return text.replace(endlessMarks, '$&\u034f').normalize('NFC');
}

const endlessMarks = /\p{M}{128}(?=\p{M})/gu;
