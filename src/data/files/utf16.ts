// Bytes in UTF-8 or UTF-16, with or without a byte order mark → UTF-8 without one.
import { TextDecoder } from 'node:util';
import { UserError } from '../../platform/errors';

/** Returns the text as UTF-8. Throws a {@link UserError} for bytes that are not text. */
export async function* toUtf8(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (const chunk of bytes) {
    if (isFirst) decoder = findUtf16(chunk, path);
    const start = isFirst && chunk.subarray(0, 3).toString('hex') === 'efbbbf' ? 3 : 0;
    isFirst = false;
    yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk.subarray(start);
  }
  if (decoder && decoder.decode() !== '') {
    throw new UserError(`${path} is cut off: its UTF-16 text ends within a character. Get a fresh copy.`);
  }
}

function findUtf16(chunk: Buffer, path: string): TextDecoder | undefined {
  const mark = chunk.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le');
  if (mark === 'feff') return new TextDecoder('utf-16be');
  const head = chunk.subarray(0, 4096);
  if (!head.includes(0)) return undefined;
  const [better, worse] = (['utf-16le', 'utf-16be'] as const)
    .map((encoding) => ({ encoding, separators: countSeparators(head, encoding) }))
    .sort((a, b) => b.separators - a.separators);
  if (better && better.separators > 0 && better.separators > (worse?.separators ?? 0)) {
    return new TextDecoder(better.encoding);
  }
  if (isUtf8(head)) return undefined;
  throw new UserError(
    `${path} is a binary file, not text. Check the path, or remove the file from the folder.`,
  );
}

/** Whether bytes are UTF-8 except for a few NULs, whose lines are reported later. */
function isUtf8(head: Buffer): boolean {
  const text = decode(head, 'utf-8')?.replaceAll('\0', '');
  return text !== undefined && text.length > 0.95 * head.toString().length && !/(?!\s)\p{Cc}/u.test(text);
}

/** Counts spaces, line ends and delimiters; 0 if the bytes are not text in that encoding. */
function countSeparators(head: Buffer, encoding: string): number {
  const text = decode(head.subarray(0, head.length & ~1), encoding);
  if (text === undefined || /(?!\s)\p{Cc}|\p{Cn}/u.test(text)) return 0;
  return text.match(/[\n\r\t ,;|"]/g)?.length ?? 0;
}

/** Returns the text, whose last character may be cut, or undefined if the bytes are not in that encoding. */
function decode(head: Buffer, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
}
