// Step 8: the body of a request → headlines, in the media types that SageMaker's endpoints and batch transform use.
import { isUtf8 } from 'node:buffer';
import { type CsvOptions, readCsv } from './csv';
import { hasMuchStructure, mostStructure } from './jsonStructure';
import { RequestError } from './requestError';
import { cutText } from './textBlocks';

/** The media types that are read and written; mediaType.ts knows their other names. */
export const mediaTypes = ['application/json', 'application/jsonlines', 'text/csv'] as const;

export type MediaType = (typeof mediaTypes)[number];

/** What a body holds. */
export interface Headlines {
  /** The first of them, or all. */
  readonly titles: readonly string[];
  /** The others, read part by part so that a long body holds nobody up; may throw a {@link RequestError} late. */
  readonly rest?: Iterator<readonly string[]>;
  /** Whether it is one headline by itself, and not a list, so that the answer is no list either. */
  readonly isSingle: boolean;
  /** Whether the first line names columns; then the answer's does too, so that both have equally many lines. */
  readonly hasHeader: boolean;
}

/** What to send, for each media type. */
export const howTo: Readonly<Record<MediaType, string>> = {
  'application/json': 'Send {"input": "a headline"} or {"input": ["one", "another"]} as application/json.',
  'application/jsonlines':
    'Send lines such as {"input": "a headline"} or "a headline" as application/jsonlines.',
  'text/csv':
    'Send a headline a line as text/csv, or a first line that names columns, one of them "headline".',
};

/** Makes the error of a body that cannot be read, of a sentence that says what is wrong with it. */
export type Unfit = (what: string) => RequestError;

/** Names of the column with the headlines in CSV, where training does not say more. */
const usualColumns: CsvOptions = { columns: ['headline'] };

/** Throws a {@link RequestError} that says what is wrong with the body, where, and what to send instead. */
export function readBody(body: Buffer, type: MediaType, csv = usualColumns): Headlines {
  const unfit: Unfit = (what) => new RequestError(400, `${what} ${howTo[type]}`);
  if (!isUtf8(body)) throw unfit('The body is not valid UTF-8.');
  const hasByteOrderMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const text = body.toString('utf8', hasByteOrderMark ? 3 : 0);
  // In CSV, an empty line is a headline.
  if (text === '' || (type !== 'text/csv' && !/\S/.test(text))) throw unfit('The body is empty.');
  return readers[type](text, unfit, csv);
}

type BodyReader = (text: string, unfit: Unfit, csv: CsvOptions) => Headlines;

const readers: Readonly<Record<MediaType, BodyReader>> = {
  'application/json': readJson,
  'application/jsonlines': (text, unfit) => ({
    titles: [],
    rest: readJsonLines(text, unfit),
    isSingle: false,
    hasHeader: false,
  }),
  'text/csv': readCsv,
};

function readJson(text: string, unfit: Unfit): Headlines {
  const input = inputOf(parseJson(text, 'The body', unfit));
  if (typeof input === 'string') return { titles: [input], isSingle: true, hasHeader: false };
  if (!Array.isArray(input)) throw unfit('"input" is missing or is neither text nor a list.');
  if (input.length === 0) throw unfit('"input" is an empty list.');
  const wrong = input.findIndex((headline) => typeof headline !== 'string');
  if (wrong >= 0) throw unfit(`"input"[${wrong}] is not text.`);
  return { titles: input, isSingle: false, hasHeader: false };
}

function* readJsonLines(text: string, unfit: Unfit): Generator<string[]> {
  let lineNumber = 0;
  for (const block of cutText(text)) {
    const titles: string[] = [];
    for (const line of block.replace(/\n$/, '').split('\n')) {
      lineNumber += 1;
      if (line.trim() === '') continue;
      const value = parseJson(line, `Line ${lineNumber}`, unfit);
      const title = typeof value === 'string' ? value : inputOf(value);
      if (typeof title !== 'string') throw unfit(`In line ${lineNumber} "input" is missing or is not text.`);
      titles.push(title);
    }
    yield titles;
  }
}

function parseJson(text: string, where: string, unfit: Unfit): unknown {
  if (hasMuchStructure(text))
    throw unfit(`${where} has more than ${mostStructure} lists, objects and names.`);
  try {
    return JSON.parse(text);
  } catch {
    throw unfit(`${where} is not valid JSON.`);
  }
}

/** Of an object's own properties: what is inherited, by whatever trick, does not count. */
function inputOf(value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, 'input');
  return isObject ? (value as { input: unknown }).input : undefined;
}
