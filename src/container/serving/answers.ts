// Step 8: predictions → the body of an answer, part by part, in the media type asked for.
import { type Prediction, probabilitySteps } from '../../model/training/classifier';
import type { Headlines, MediaType } from './formats';

export interface AnswerWriter {
  /** What stands before the first prediction. */
  begin(headlines: Headlines): string;
  /** @param index of the headline in the request */
  write(prediction: Prediction, index: number): string;
  /** What stands behind the last prediction. */
  end(headlines: Headlines): string;
}

/**
 * Writers for a model's labels: these are the answer's schema, so what stands around the numbers is made once.
 * @param model its id, which answers in JSON name as `model`: once in each answer, or on each line; default: none
 */
export function createWriters(
  labels: readonly string[],
  model?: string,
): Readonly<Record<MediaType, AnswerWriter>> {
  const writeJson = createJsonWriter(labels);
  const end = model === undefined ? '}' : `,"model":${JSON.stringify(model)}}`;
  return {
    'application/json': {
      begin: ({ isSingle }) => (isSingle ? '' : '{"results":['),
      write: (prediction, index) => (index === 0 ? writeJson(prediction) : `},${writeJson(prediction)}`),
      end: ({ isSingle }) => (isSingle ? end : `}]${end}`),
    },
    'application/jsonlines': {
      begin: () => '',
      write: (prediction) => `${writeJson(prediction)}${end}\n`,
      end: () => '',
    },
    'text/csv': createCsvWriter(labels),
  };
}

/** Without the object's last brace. */
function createJsonWriter(labels: readonly string[]): (prediction: Prediction) => string {
  const starts = new Map(
    labels.map((label) => [label, `{"result":${JSON.stringify(label)},"probabilities":{`]),
  );
  const keys = labels.map((label, index) => `${index === 0 ? '' : ','}${JSON.stringify(label)}:`);
  return ({ result, probabilities }) => {
    let text = starts.get(result) as string;
    for (let index = 0; index < labels.length; index++) {
      text += `${keys[index]}${toDecimals(probabilities[labels[index] as string])}`;
    }
    return `${text}}`;
  };
}

function createCsvWriter(labels: readonly string[]): AnswerWriter {
  const cells = new Map(labels.map((label) => [label, quote(label)]));
  const header = ['result', ...labels].map(quote).join(',');
  return {
    begin: ({ hasHeader }) => (hasHeader ? `${header}\n` : ''),
    write({ result, probabilities }) {
      const numbers = labels.map((label) => toDecimals(probabilities[label]));
      return `${cells.get(result)},${numbers.join(',')}\n`;
    },
    end: () => '',
  };
}

/** Nine decimals as one whole number, where there are no more: see {@link probabilitySteps}. */
function toDecimals(probability = Number.NaN): string {
  const steps = Math.round(probability * probabilitySteps);
  const isWhole = steps / probabilitySteps === probability && steps >= 0 && steps < probabilitySteps;
  if (isWhole) return `0.${String(probabilitySteps + steps).slice(1)}`;
  if (Number.isFinite(probability)) return String(probability);
  throw new Error(`The model gives ${probability} instead of a probability.`);
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
