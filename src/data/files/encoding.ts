// Detects the encoding of a file that is not UTF-8 and how to convert it.
import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { analyse } from 'chardet';
import { UserError } from '../../platform/errors';
import { convertFrom } from './fileKinds';
import { notUtf8, problemOf } from './lines';
import { openBytes } from './textFile';

/** Number of bytes examined. */
const sampleBytes = 1_000_000;

/** Throws a {@link UserError} for a required line, such as a header, that cannot be read. */
export async function demandReadable(path: string, text: string, line: number): Promise<void> {
  const problem = problemOf(text);
  if (problem === notUtf8) throw await explainEncoding(path, line);
  if (problem !== undefined) throw new UserError(`${path}, line ${line}, cannot be read: ${problem}.`);
}

/** Returns the error for a file that is not UTF-8; `line` is the first invalid line, if lines matter. */
export async function explainEncoding(path: string, line?: number): Promise<UserError> {
  const sample = await readSample(path);
  const encoding = guessEncoding(sample);
  const advice = encoding
    ? `It looks like ${encoding}${inEncoding(sample, encoding)}. ${convertFrom(encoding)}`
    : 'Save it as UTF-8.';
  const place = line === undefined ? '' : ` (first in line ${line})`;
  return new UserError(`${path} is not UTF-8 text${place}. ${advice}`);
}

/** Returns the bytes from the first piece that is not UTF-8. */
async function readSample(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of openBytes(path)) {
    if (chunks.length === 0 && isAscii(chunk)) continue;
    chunks.push(chunk);
    length += chunk.length;
    if (length >= sampleBytes) break;
  }
  return Buffer.concat(chunks);
}

const shownCharacters = 60;

/** Decodes the first line that is not UTF-8, so that you can see whether the guess is right. */
function inEncoding(sample: Buffer, encoding: string): string {
  const lines = sample.toString('latin1').split(/[\r\n]+/);
  const line = lines.map((text) => Buffer.from(text, 'latin1')).find((bytes) => !isUtf8(bytes));
  try {
    const text = new TextDecoder(encoding).decode(line).slice(0, shownCharacters);
    return `, in which it reads ${JSON.stringify(text)}`;
  } catch {
    return '';
  }
}

/** Latin-1 is a subset of Windows-1252, which is what files called Latin-1 usually hold. */
const names: Record<string, string> = { 'ISO-8859-1': 'WINDOWS-1252', 'windows-1252': 'WINDOWS-1252' };

function guessEncoding(bytes: Buffer): string | undefined {
  const found = analyse(bytes).find(({ name }) => !/^(UTF-|ASCII)|_(rtl|ltr)$/i.test(name));
  return found && (names[found.name] ?? found.name);
}
