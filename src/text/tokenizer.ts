// Titles → tokens, for training and serving.
import { compose, isAscii, normalise, readablePart } from './normalise';
import { partWords } from './unspacedWords';

/** Punctuation that Keras' Tokenizer turns into spaces (its default `filters`). */
const filters = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~\t\n]/g;

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
