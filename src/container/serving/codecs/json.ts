// The codec of application/json: one headline or a list.
import type { Codec, Headlines, Invalid } from './codec';
import { createJsonWriter, inputOf, parseJson } from './jsonValues';

export const json = {
  names: ['application/json'],
  howTo: 'Send {"input": "a headline"} or {"input": ["one", "another"]} as application/json.',
  hasBlankHeadlines: false,
  hasHeaderParameter: false,
  read,
  createWriter(labels, model) {
    const { write, end } = createJsonWriter(labels, model);
    return {
      begin: ({ isSingle }) => (isSingle ? '' : '{"results":['),
      write: (prediction, index) => (index === 0 ? write(prediction) : `},${write(prediction)}`),
      end: ({ isSingle }) => (isSingle ? end : `}]${end}`),
    };
  },
} as const satisfies Codec;

function read(text: string, invalid: Invalid): Headlines {
  const input = inputOf(parseJson(text, 'The body', invalid));
  if (typeof input === 'string') return { titles: [input], isSingle: true, hasHeader: false };
  if (!Array.isArray(input)) throw invalid('"input" is missing or is neither text nor a list.');
  if (input.length === 0) throw invalid('"input" is an empty list.');
  const wrong = input.findIndex((headline) => typeof headline !== 'string');
  if (wrong >= 0) throw invalid(`"input"[${wrong}] is not text.`);
  return { titles: input, isSingle: false, hasHeader: false };
}
