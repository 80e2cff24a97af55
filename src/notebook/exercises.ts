// Checks the notebook's five exercises and lists what is still missing. A check prints and never throws, so that a run of
// all cells continues past unanswered exercises.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readChannelRows } from '../data/channelRows';
import { countBy } from '../data/explore';
import { type LabelledTitle, readNewsFile } from '../data/headlines';
import type { Split } from '../data/split';
import { say } from '../display/display';
import type { Network } from '../model/training/networkFunction';
import { dataFiles } from '../platform/dataFiles';
import { percent } from '../platform/format';
import type { Endpoint, TrainingJobDescription } from '../session/contract/session';
import { normalise } from '../text/normalise';

/** The answer to the first exercise: the number of validation headlines that also occur in training. */
export interface CopiedHeadlines {
  random: number;
  byStory: number;
}

/** The answer to the fourth exercise. */
export interface BetterModel {
  /** The result of `wait()` or `watch()`. */
  result?: TrainingJobDescription | undefined;
  endpoint?: Endpoint | undefined;
}

/**
 * Checks the first exercise: the number of validation headlines of two splits that also occur in training.
 * @param given your counts, if any
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

/** Returns a sentence for each thing still missing. */
export function missingFromCopies(
  given: Partial<CopiedHeadlines> | undefined,
  splits: Readonly<Record<keyof CopiedHeadlines, Split>>,
): string[] {
  if (!given) return ['`copies` is still undefined: set it to `{ random: …, byStory: … }`.'];
  return (['random', 'byStory'] as const).flatMap((name) => {
    const split = splits[name];
    const right = countCopies(split, normalise);
    if (given[name] === right) return [];
    if (typeof given[name] !== 'number') return [`\`copies.${name}\` is not a number yet.`];
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
 * Checks the second exercise: a folder with the layout of SageMaker's `/opt/ml`, for a training job of one epoch over a
 * thousand headlines.
 * @param folder your folder
 * @example
 * ```ts
 * await workshop.checkJobFolder('../output/no-such-exercise');
 * ```
 */
export async function checkJobFolder(folder: string): Promise<void> {
  await check('Exercise 2', () => missingFromJobFolder(folder));
}

/** Returns a sentence for each thing still missing. */
export async function missingFromJobFolder(folder: string): Promise<string[]> {
  return [...(await missingHyperparameters(folder)), ...(await missingRows(folder))];
}

async function missingHyperparameters(folder: string): Promise<string[]> {
  const path = 'input/config/hyperparameters.json';
  if (!existsSync(join(folder, path))) return [`\`${path}\` does not exist.`];
  const text = await readFile(join(folder, path), 'utf8');
  let given: Record<string, unknown>;
  try {
    given = Object(JSON.parse(text));
  } catch {
    return [`\`${path}\` is not JSON: it contains \`${text.slice(0, 40)}\`.`];
  }
  const numbers = Object.keys(given).filter((name) => typeof given[name] !== 'string');
  if (numbers.length > 0) {
    return [`SageMaker writes every hyperparameter as a string; change \`${numbers.join('`, `')}\`.`];
  }
  if (given.epochs !== '1') return ['Set `epochs` to `"1"`.'];
  return [];
}

async function missingRows(folder: string): Promise<string[]> {
  const channel = 'input/data/training';
  const path = join(folder, channel);
  if (!existsSync(path) || (await dataFiles(path)).files.length === 0) {
    return [`\`${channel}/\` contains no file: \`writeHeadlines()\` writes one.`];
  }
  const { rows } = await readChannelRows(path, readNewsFile);
  return rows.length === 1000 ? [] : [`\`${channel}/\` contains ${rows.length} headlines instead of 1000.`];
}

/**
 * Checks the third exercise: a run of `container/train` on the folder of the second exercise has left a model.
 * @param folder the folder of the second exercise
 * @example
 * ```ts
 * await workshop.checkTrained('../output/no-such-exercise');
 * ```
 */
export async function checkTrained(folder: string): Promise<void> {
  await check('Exercise 3', () => missingFromTrained(folder));
}

/** Returns a sentence for each thing still missing. */
export async function missingFromTrained(folder: string): Promise<string[]> {
  const failure = join(folder, 'output/failure');
  if (existsSync(failure)) {
    return [
      `training failed. \`output/failure\` contains: ${(await readFile(failure, 'utf8')).trim()} Fix that, ` +
        'remove the file, and train again.',
    ];
  }
  const description = join(folder, 'model/classifier.json');
  if (!existsSync(description)) return ['`model/` does not exist: run `container/train` on the folder.'];
  const { trainingRows, validationRows } = JSON.parse(await readFile(description, 'utf8'));
  const rows = trainingRows + validationRows;
  return rows === 1000
    ? []
    : [`the model was trained on ${rows} headlines instead of the 1000 of exercise 2.`];
}

/**
 * Checks the fourth exercise: an endpoint with a model that is more accurate than another one on held-out headlines.
 * @param given the job's result and the endpoint, if you have them
 * @param toBeat the accuracy of the other model
 * @param validation the held-out headlines
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

/** Returns a sentence for each thing still missing. */
export async function missingFromBetter(
  { result, endpoint }: BetterModel,
  toBeat: number,
  validation: readonly LabelledTitle[],
): Promise<string[]> {
  if (!result) return ['`better.result` is still undefined: start a job and `watch()` it.'];
  if (result.status !== 'Completed') return [`the job ${result.name} is ${result.status}, not Completed.`];
  if (!endpoint) return ['`better.endpoint` is still undefined: `deploy()` the job’s model artifact.'];
  if (validation.length === 0) return ['`validation` is empty, so the accuracy cannot be measured.'];
  const answers = await endpoint.predict(validation.map(({ title }) => title));
  const right = validation.filter(({ category }, row) => category === answers[row]?.result).length;
  const accuracy = right / validation.length;
  if (accuracy > toBeat) return [];
  return [
    `the endpoint’s accuracy on the held-out headlines is ${percent(accuracy)}; it must be above ${percent(toBeat)}. Try ` +
      'another architecture, or other hyperparameters.',
  ];
}

/** The answer to the fifth exercise. */
export interface OwnNetwork {
  /** The result of `defineNetwork()` or `readNetwork()`. */
  network?: Network | undefined;
  /** The result of `wait()` or `watch()` for a job that trains it. */
  result?: TrainingJobDescription | undefined;
}

/**
 * Checks the fifth exercise: a network of your own that has learnt more than the share of the most frequent label.
 * @param given the network and the job's result, if you have them
 * @param validation the held-out headlines
 * @example
 * ```ts
 * await workshop.checkOwnNetwork({}, split.validation);
 * ```
 */
export async function checkOwnNetwork(
  given: OwnNetwork,
  validation: readonly LabelledTitle[],
): Promise<void> {
  await check('Exercise 5', async () => missingFromOwnNetwork(given, validation));
}

/** Returns a sentence for each thing still missing. */
export function missingFromOwnNetwork(
  { network, result }: OwnNetwork,
  validation: readonly LabelledTitle[],
): string[] {
  if (!network) return ['`own.network` is still undefined: `await workshop.defineNetwork(…)`.'];
  if (!result)
    return ['`own.result` is still undefined: `train({ network: own.network, … })` and `watch()` the job.'];
  if (result.status !== 'Completed') return [`the job ${result.name} is ${result.status}, not Completed.`];
  const accuracy = Math.max(0, ...result.metrics.map((metrics) => metrics.validation_accuracy ?? 0));
  const [[label, count] = ['', 0]] = countBy(validation, ({ category }) => category);
  const share = count / validation.length;
  if (accuracy > share) return [];
  return [
    `the network is right for ${percent(accuracy)} of the held-out headlines; always answering ${label} is right for ` +
      `${percent(share)}. Train for more epochs, with a larger \`learning_rate\`, or read the words in another way.`,
  ];
}

async function check(name: string, missing: () => Promise<string[]>): Promise<void> {
  say(await describeCheck(name, missing));
}

/** Returns Markdown: the exercise is done, or a list of what is missing. Lists an error in the check, too. */
export async function describeCheck(name: string, missing: () => Promise<string[]>): Promise<string> {
  const list = await missing().catch((error: unknown) => [
    `it could not be checked: ${error instanceof Error ? error.message : String(error)}`,
  ]);
  if (list.length === 0) return `✓ **${name}** is done.`;
  return `**${name}**, still missing:\n\n${list.map((one) => `* ${one}`).join('\n')}`;
}
