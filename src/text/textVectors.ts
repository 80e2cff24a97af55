// Word vectors in GloVe's text format: a word and its numbers on each line, separated by single spaces. Such files
// can be larger than memory, so they are read in pieces, and only the requested words are kept.
import { createReadStream } from 'node:fs';
import { UserError } from '../platform/errors';
import type { VectorsOptions, WordVectors } from './vectorTypes';

/** In bytes: far longer than any line of real vectors, and still short enough for a string. */
const longestLine = 10_000_000;
const shownProblems = 3;

/**
 * Reads a UTF-8 file in GloVe's text format. Its first line defines the number of dimensions; a line of two whole numbers
 * may precede it, as word2vec and fastText write. If a word occurs twice, its first line counts. Lines with a different
 * number of dimensions or a field that is not a number are skipped and reported to `notify`. Throws a {@link UserError}
 * if the first line or most lines are malformed, or the file is empty.
 */
export async function readTextVectors(
  path: string,
  { words, first = 0, notify }: VectorsOptions = {},
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  const problems: string[] = [];
  let dimensions = 0;
  let line = 0;
  for await (const lines of readLines(path)) {
    for (const bytes of lines) {
      line++;
      if (line === 1 && isHeader(bytes)) continue;
      dimensions ||= countNumbers(bytes, `${path}, line ${line}`);
      const word = wordOf(bytes);
      if (vectors.has(word) || (words && vectors.size >= first && !words.has(word))) continue;
      const parsed = parseNumbers(bytes, dimensions);
      if (typeof parsed === 'string') problems.push(`line ${line}: ${parsed}`);
      else vectors.set(word, parsed);
    }
  }
  if (dimensions === 0) throw new UserError(`${path} contains no word vectors: it is empty. ${expected}`);
  const report = describeProblems(problems);
  if (problems.length > vectors.size) throw new UserError(`${path} is damaged: ${report}. ${expected}`);
  if (problems.length > 0) notify?.(`${path}: skipped ${report}.`);
  return { dimensions, words: [...vectors.keys()], lookup: (word) => vectors.get(word) };
}

const expected =
  'Expected GloVe’s text format: on each line a word and its numbers, separated by single spaces.';

/** Yields the lines of each piece, without their line ends. */
async function* readLines(path: string): AsyncGenerator<Buffer[]> {
  let rest = Buffer.alloc(0);
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    rest = Buffer.concat([rest, piece]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      lines.push(rest.subarray(start, end));
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > longestLine) {
      throw new UserError(`${path} has a line of more than ${longestLine} bytes. ${expected}`);
    }
    yield lines;
  }
  if (rest.length > 0) yield [rest];
}

/** Returns the word of a line, without the byte order mark that a Windows editor puts before the first one. */
function wordOf(line: Buffer): string {
  const space = line.indexOf(' ');
  return line.toString('utf8', 0, space < 0 ? line.length : space).replace(/^\uFEFF/, '');
}

/** Returns the number fields of a line, without the spaces and carriage return that some programs write at its end. */
function numbersOf(line: Buffer): string[] {
  const fields = line.toString('latin1').replace(/[ \t\r]+$/, '');
  return fields.split(' ').slice(1);
}

function isHeader(line: Buffer): boolean {
  return line.length < 40 && /^\d+ \d+\s*$/.test(line.toString('latin1'));
}

function countNumbers(line: Buffer, where: string): number {
  const { length } = numbersOf(line);
  const parsed = length === 0 ? 'no numbers after the first space' : parseNumbers(line, length);
  if (typeof parsed === 'string') throw new UserError(`${where}: ${parsed}. ${expected}`);
  return length;
}

/** Returns the line's vector, or the reason why it has none. */
function parseNumbers(line: Buffer, dimensions: number): Float32Array | string {
  const fields = numbersOf(line);
  if (fields.length !== dimensions) return `${fields.length} number(s) instead of ${dimensions}`;
  const numbers = Float32Array.from(fields, Number);
  const wrong = fields.findIndex((field, index) => field === '' || !Number.isFinite(numbers[index]));
  return wrong < 0 ? numbers : `${JSON.stringify(fields[wrong]?.slice(0, 40))} is not a number`;
}

function describeProblems(problems: readonly string[]): string {
  const shown = problems.slice(0, shownProblems).join('; ');
  const others = problems.length > shownProblems ? '; and others' : '';
  return `${problems.length} line(s) that cannot be read (${shown}${others})`;
}
