// Step 1, the encoding of text: bytes in UTF-8 or UTF-16, with or without a byte order mark → UTF-8 without one.
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
    throw new UserError(`${path} is cut off: its UTF-16 text ends within a character. Get it again.`);
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
  throw new UserError(`${path} is a binary file, not text.`);
}

/** Whether bytes are UTF-8, but for a few NULs; the lines that hold them are reported. */
function isUtf8(head: Buffer): boolean {
  const text = head.toString();
  const nulls = text.split('\0').length - 1;
  return nulls * 20 < text.length && !/(?!\s)\p{Cc}|\ufffd./su.test(text.replaceAll('\0', ''));
}

/** Returns how many spaces, line ends and delimiters there are; none where the bytes are not text in that encoding. */
function countSeparators(head: Buffer, encoding: string): number {
  try {
    // The last character may be cut.
    const text = new TextDecoder(encoding, { fatal: true }).decode(head.subarray(0, head.length & ~1), {
      stream: true,
    });
    return /(?!\s)\p{Cc}|\p{Cn}/u.test(text) ? 0 : (text.match(/[\n\r\t ,;|"]/g)?.length ?? 0);
  } catch {
    return 0;
  }
}
