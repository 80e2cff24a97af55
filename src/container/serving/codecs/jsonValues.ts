// Values that JSON and JSON Lines share: {"input": …} in requests, a prediction's object in answers.
import type { Prediction } from '../../../model/training/classifier';
import type { Invalid } from './codec';
import { toDecimals } from './decimals';
import { hasMuchStructure, mostStructure } from './jsonStructure';

/** @param where the name of the text in an error */
export function parseJson(text: string, where: string, invalid: Invalid): unknown {
  if (hasMuchStructure(text))
    throw invalid(`${where} has more than ${mostStructure} lists, objects and names.`);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${where} is not valid JSON.`);
  }
}

/** Returns an object's own property `input`; inherited ones do not count. */
export function inputOf(value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, 'input');
  return isObject ? (value as { input: unknown }).input : undefined;
}

/** Returns `write`, which leaves a prediction's object open, and `end`, which closes it with the model's id. */
export function createJsonWriter(
  labels: readonly string[],
  model?: string,
): { write(prediction: Prediction): string; end: string } {
  const starts = new Map(
    labels.map((label) => [label, `{"result":${JSON.stringify(label)},"probabilities":{`]),
  );
  const keys = labels.map((label, index) => `${index === 0 ? '' : ','}${JSON.stringify(label)}:`);
  return {
    write({ result, probabilities, answeredBy }) {
      let text = starts.get(result) as string;
      for (let index = 0; index < labels.length; index++) {
        text += `${keys[index]}${toDecimals(probabilities[labels[index] as string])}`;
      }
      return answeredBy ? `${text}},"answeredBy":"${answeredBy}"` : `${text}}`;
    },
    end: model === undefined ? '}' : `,"model":${JSON.stringify(model)}}`,
  };
}
