// The codec of JSON Lines: a headline on each line.
import type { Codec, Invalid } from './codec';
import { createJsonWriter, inputOf, parseJson } from './jsonValues';

export const jsonLines = {
  names: [
    'application/jsonlines',
    'application/x-jsonlines',
    'application/json-lines',
    'application/jsonl',
    'application/x-jsonl',
    'application/x-ndjson',
    'application/ndjson',
  ],
  howTo: 'Send lines such as {"input": "a headline"} or "a headline" as application/jsonlines.',
  hasBlankHeadlines: false,
  hasHeaderParameter: false,
  read: (text, invalid) => ({
    titles: [],
    rest: readLines(text, invalid),
    isSingle: false,
    hasHeader: false,
  }),
  createWriter(labels, model) {
    const { write, end } = createJsonWriter(labels, model);
    return { begin: () => '', write: (prediction) => `${write(prediction)}${end}\n`, end: () => '' };
  },
} as const satisfies Codec;

function* readLines(text: string, invalid: Invalid): Generator<string[]> {
  let lineNumber = 0;
  for (const block of cutText(text)) {
    const titles: string[] = [];
    for (const line of block.replace(/\n$/, '').split('\n')) {
      lineNumber += 1;
      if (line.trim() === '') continue;
      const value = parseJson(line, `Line ${lineNumber}`, invalid);
      const title = typeof value === 'string' ? value : inputOf(value);
      if (typeof title !== 'string')
        throw invalid(`In line ${lineNumber} "input" is missing or is not text.`);
      titles.push(title);
    }
    yield titles;
  }
}

/** Smallest size of a block, in UTF-16 code units. */
const blockLength = 65_536;

/** Splits a text after line ends, so that reading can pause between blocks. */
function* cutText(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf('\n', start + blockLength);
    const end = lineEnd < 0 ? text.length : lineEnd + 1;
    yield text.slice(start, end);
    start = end;
  }
}
