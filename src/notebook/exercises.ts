// The notebook's four exercises: what is still missing from an answer. Checks print and never throw, so that a run from
// the first cell to the last goes on where nothing has been answered yet.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readChannelRows } from '../data/channelRows';
import { type LabelledTitle, readNewsFile } from '../data/headlines';
import type { Split } from '../data/split';
import { say } from '../display/display';
import { dataFiles } from '../platform/dataFiles';
import { percent } from '../platform/format';
import type { Endpoint, TrainingJobDescription } from '../session/contract/session';
import { normalise } from '../text/tokenizer';

/** What the first exercise asks for: validation headlines that stand in training word for word. */
export interface CopiedHeadlines {
  random: number;
  byStory: number;
}

/** What the fourth exercise asks for. */
export interface BetterModel {
  /** What `wait()` or `watch()` returned. */
  result?: TrainingJobDescription | undefined;
  endpoint?: Endpoint | undefined;
}

/**
 * Checks the first exercise: how many validation headlines of two splits stand in training word for word.
 * @param given what was counted, if anything
 * @example
 * ```ts
 * workshop.checkCopies(undefined, { random: randomSplit, byStory: split });
 * ```
 */
export async function checkCopies(
  given: Partial<CopiedHeadlines> | undefined,
  splits: Readonly<Record<keyof CopiedHeadlines, Split>>,
): Promise<void> {
  await check('Exercise 1', async () => missingFromCopies(given, splits));
}

/** What is still missing, sentence by sentence. */
export function missingFromCopies(
  given: Partial<CopiedHeadlines> | undefined,
  splits: Readonly<Record<keyof CopiedHeadlines, Split>>,
): string[] {
  if (!given) return ['`copies` is still undefined: set it to `{ random: …, byStory: … }`.'];
  return (['random', 'byStory'] as const).flatMap((name) => {
    const split = splits[name];
    const right = countCopies(split, normalise);
    if (given[name] === right) return [];
    if (typeof given[name] !== 'number') return [`\`copies.${name}\` is no number yet.`];
    if (given[name] === countCopies(split, (title) => title)) {
      return [`\`copies.${name}\` compares the titles as they are; compare them normalised.`];
    }
    if (given[name] === countCopies({ training: split.validation, validation: split.training }, normalise)) {
      return [`\`copies.${name}\` counts training headlines; count those of \`validation\`.`];
    }
    const way = (given[name] as number) > right ? 'fewer' : 'more';
    return [`\`copies.${name}\` is ${given[name]}; there are ${way}.`];
  });
}

function countCopies({ training, validation }: Split, form: (title: string) => string): number {
  const known = new Set(training.map(({ title }) => form(title)));
  return validation.filter(({ title }) => known.has(form(title))).length;
}

/**
 * Checks the second exercise: a folder laid out as SageMaker lays out `/opt/ml` for a training job of one epoch over
 * a thousand headlines.
 * @param folder where it should be
 * @example
 * ```ts
 * await workshop.checkJobFolder('../output/no-such-exercise');
 * ```
 */
export async function checkJobFolder(folder: string): Promise<void> {
  await check('Exercise 2', () => missingFromJobFolder(folder));
}

/** What is still missing, sentence by sentence. */
export async function missingFromJobFolder(folder: string): Promise<string[]> {
  return [...(await missingHyperparameters(folder)), ...(await missingRows(folder))];
}

async function missingHyperparameters(folder: string): Promise<string[]> {
  const path = 'input/config/hyperparameters.json';
  if (!existsSync(join(folder, path))) return [`\`${path}\` is not there.`];
  const text = await readFile(join(folder, path), 'utf8');
  let given: Record<string, unknown>;
  try {
    given = Object(JSON.parse(text));
  } catch {
    return [`\`${path}\` is not JSON: it holds \`${text.slice(0, 40)}\`.`];
  }
  const numbers = Object.keys(given).filter((name) => typeof given[name] !== 'string');
  if (numbers.length > 0) {
    return [`SageMaker writes every hyperparameter as a string; \`${numbers.join('`, `')}\` is none.`];
  }
  if (given.epochs !== '1') return ['`epochs` is to be `"1"`.'];
  return [];
}

async function missingRows(folder: string): Promise<string[]> {
  const channel = 'input/data/training';
  const path = join(folder, channel);
  if (!existsSync(path) || (await dataFiles(path)).files.length === 0) {
    return [`\`${channel}/\` holds no file: \`writeHeadlines()\` writes one.`];
  }
  const { rows } = await readChannelRows(path, readNewsFile);
  return rows.length === 1000 ? [] : [`\`${channel}/\` holds ${rows.length} headlines instead of 1000.`];
}

/**
 * Checks the third exercise: `container/train` has run over the folder of the second one, and left a model.
 * @param folder that of the second exercise
 * @example
 * ```ts
 * await workshop.checkTrained('../output/no-such-exercise');
 * ```
 */
export async function checkTrained(folder: string): Promise<void> {
  await check('Exercise 3', () => missingFromTrained(folder));
}

/** What is still missing, sentence by sentence. */
export async function missingFromTrained(folder: string): Promise<string[]> {
  const failure = join(folder, 'output/failure');
  if (existsSync(failure)) {
    return [
      `training has failed, and \`output/failure\` says why: ${(await readFile(failure, 'utf8')).trim()} Mend that, ` +
        'remove the file, and train again.',
    ];
  }
  const description = join(folder, 'model/classifier.json');
  if (!existsSync(description))
    return ['there is no `model/`: `container/train` has not run over the folder.'];
  const { trainingRows, validationRows } = JSON.parse(await readFile(description, 'utf8'));
  const rows = trainingRows + validationRows;
  return rows === 1000 ? [] : [`the model was made of ${rows} headlines instead of the 1000 of exercise 2.`];
}

/**
 * Checks the fourth exercise: a model that is better than another one on held-out headlines, and that answers behind an
 * endpoint.
 * @param given the job's result and the endpoint, as far as they are there
 * @param toBeat the accuracy of the other one
 * @param validation the headlines that both are asked about
 * @example
 * ```ts
 * await workshop.checkBetter({}, 0.8, split.validation);
 * ```
 */
export async function checkBetter(
  given: BetterModel,
  toBeat: number,
  validation: readonly LabelledTitle[],
): Promise<void> {
  await check('Exercise 4', () => missingFromBetter(given, toBeat, validation));
}

/** What is still missing, sentence by sentence. */
export async function missingFromBetter(
  { result, endpoint }: BetterModel,
  toBeat: number,
  validation: readonly LabelledTitle[],
): Promise<string[]> {
  if (!result) return ['`better.result` is still undefined: start a job and `watch()` it.'];
  if (result.status !== 'Completed') return [`the job ${result.name} is ${result.status}, not Completed.`];
  if (!endpoint) return ['`better.endpoint` is still undefined: `deploy()` the job’s model artifact.'];
  if (validation.length === 0) return ['there are no held-out headlines to measure it on.'];
  const answers = await endpoint.predict(validation.map(({ title }) => title));
  const right = validation.filter(({ category }, row) => category === answers[row]?.result).length;
  const accuracy = right / validation.length;
  if (accuracy > toBeat) return [];
  return [
    `the endpoint is right for ${percent(accuracy)} of the held-out headlines; ${percent(toBeat)} are to be beaten. Try ` +
      'another architecture, or other hyperparameters.',
  ];
}

async function check(name: string, missing: () => Promise<string[]>): Promise<void> {
  say(await describeCheck(name, missing));
}

/** Markdown: that an exercise is done, or what is missing. Whatever goes wrong in a check is what is missing. */
export async function describeCheck(name: string, missing: () => Promise<string[]>): Promise<string> {
  const list = await missing().catch((error: unknown) => [
    `it could not be checked: ${error instanceof Error ? error.message : String(error)}`,
  ]);
  if (list.length === 0) return `✓ **${name}** is done.`;
  return `**${name}**, still missing:\n\n${list.map((one) => `* ${one}`).join('\n')}`;
}
