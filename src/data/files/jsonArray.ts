// Reads the elements of a JSON array one by one, so that memory stays flat.
import { TextDecoder } from 'node:util';
import { UserError } from '../../platform/errors';
import { explainEncoding } from './encoding';
import { maxFieldLength } from './lines';
import { openText } from './textFile';

/** The largest number of characters in one element. */
const maxElementLength = 4 * maxFieldLength;

/**
 * Yields the text of each element of a file's array, some at a time. Throws a {@link UserError} if the file is not UTF-8,
 * the array does not end, or anything follows it.
 */
export async function* arrayElements(path: string): AsyncGenerator<string[]> {
  const splitter = new ArraySplitter(path);
  for await (const text of decode(path)) yield splitter.split(text);
  splitter.end();
}

async function* decode(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of openText(path)) yield decoder.decode(chunk, { stream: true });
    decoder.decode();
  } catch (error) {
    throw error instanceof TypeError ? await explainEncoding(path) : error;
  }
}

class ArraySplitter {
  private count = 0;
  private depth = 0;
  private inString = false;
  private isDone = false;
  /** Whether the last piece ended with a backslash in a string. */
  private isEscaped = false;
  /** The part of an element read so far. */
  private text = '';

  constructor(private readonly path: string) {}

  split(chunk: string): string[] {
    const elements: string[] = [];
    let start = 0;
    const take = (end: number) => {
      const element = (this.text + chunk.slice(start, end)).trim();
      this.text = '';
      start = end + 1;
      if (element !== '') elements.push(element);
    };
    const marks = /["\\[\]{},]/g;
    if (this.isEscaped) marks.lastIndex = 1;
    this.isEscaped = false;
    for (let found = marks.exec(chunk); found; found = marks.exec(chunk)) {
      const [mark] = found;
      if (this.inString) {
        if (mark === '\\') {
          this.isEscaped = found.index + 1 === chunk.length;
          marks.lastIndex += 1;
        } else if (mark === '"') this.inString = false;
      } else if (mark === '"') this.inString = true;
      else if (mark === '[' || mark === '{') {
        this.depth += 1;
        if (this.isDone) throw this.hasMore();
        if (this.depth === 1) start = found.index + 1;
      } else if (mark === ',') {
        if (this.depth === 1) take(found.index);
      } else if (mark !== '\\') {
        if (this.depth === 1) {
          take(found.index);
          this.isDone = true;
        }
        this.depth -= 1;
      }
    }
    this.text += chunk.slice(start);
    this.count += elements.length;
    if (this.text.length > maxElementLength) {
      throw new UserError(
        `${this.path}: element ${this.count + 1} of its array has more than ${maxElementLength} characters, or does ` +
          'not end. Check the file.',
      );
    }
    return elements;
  }

  end(): void {
    if (!this.isDone) {
      throw new UserError(
        `${this.path} is cut off: its JSON array ends in element ${this.count + 1}. Get a fresh copy.`,
      );
    }
    if (this.text.trim() !== '') throw this.hasMore();
  }

  private hasMore(): UserError {
    return new UserError(
      `${this.path} has more after its JSON array. Expected one array of objects, or one object a line.`,
    );
  }
}
