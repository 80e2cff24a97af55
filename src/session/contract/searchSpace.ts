// The ranges of a tuning job: checked against the table of hyperparameters before anything starts, then dimensions of a unit
// cube whose points are trials.

import { parseWithDeclared } from '../../model/declaredHyperparameters';
import { type Hyperparameters, hyperparameterTable } from '../../model/hyperparameters';
import type { OwnHyperparameters } from '../../model/training/networkFunction';
import { UserError } from '../../platform/errors';
import type { Channel } from './jobs';
import { declaredIn } from './network';
import type { OwnRanges, SearchedNumber, UploadedTuning } from './tuning';
import { tuningDefaults } from './tuning';

/** A searched hyperparameter. */
export type Dimension =
  | { name: string; kind: 'number'; from: number; to: number; isLog: boolean; isWhole: boolean }
  | { name: string; kind: 'choice'; values: readonly (string | number)[] };

/** Values of the searched hyperparameters. */
export type Values = Record<string, string | number>;

/** SageMaker's limit of ranges, and of the choices in a range. */
const most = 30;

/**
 * Returns the dimensions of a request. Throws a {@link UserError} for a hyperparameter that is unknown, out of range, given
 * twice, or has nothing to search, and for invalid numbers of trials, limits and objectives.
 */
export function searchSpace(request: UploadedTuning): Dimension[] {
  const { ranges, hyperparameters = {}, channels } = request;
  const declared = declaredIn(request);
  const given = Object.entries(ranges).filter(([, range]) => range !== undefined);
  if (given.length === 0 || given.length > most) {
    throw new UserError(
      `The tuning job has ${given.length} ranges; expected 1 to ${most}, such as ` +
        "ranges: { learning_rate: { from: 0.001, to: 0.1, scale: 'log' } }.",
    );
  }
  checkArchitectures(ranges, declared);
  for (const [name, range] of given) checkShape(name, range, { fixed: hyperparameters, declared });
  const space = given.map(([name, range]) => dimension(name, range, declared));
  checkCorners(space, hyperparameters, declared);
  checkNumbers(request);
  checkObjective(request, channels);
  return space;
}

/** A search keeps to one network of the user's own, whose hyperparameters no other architecture has. */
function checkArchitectures({ architecture }: OwnRanges, declared: OwnHyperparameters | undefined): void {
  const isOwn = declared || (Array.isArray(architecture) && architecture.includes('own'));
  if (!architecture || !isOwn) return;
  throw new UserError(
    'architecture is in ranges, but a network of your own, the architecture own, is not searched along with others: pass ' +
      '`network` to tune() and remove architecture from ranges.',
  );
}

/** Returns the kind of a hyperparameter in the table or of the network; undefined for an unknown one. */
function kindOf(name: string, declared: OwnHyperparameters = {}) {
  if (Object.hasOwn(hyperparameterTable, name)) {
    return hyperparameterTable[name as keyof Hyperparameters].kind;
  }
  if (!Object.hasOwn(declared, name)) return undefined;
  return typeof declared[name] === 'string' ? 'text' : Number.isInteger(declared[name]) ? 'whole' : 'number';
}

function checkShape(
  name: string,
  range: unknown,
  { fixed, declared }: { fixed: object; declared: OwnHyperparameters | undefined },
): void {
  const kind = kindOf(name, declared);
  // Throws the error for an unknown name.
  if (!kind) parseWithDeclared({ [name]: '' }, declared);
  if (Object.hasOwn(fixed, name)) {
    throw new UserError(`${name} is both in ranges and in hyperparameters. Remove one of them.`);
  }
  if (Array.isArray(range)) {
    if (new Set(range).size === range.length && range.length > 1 && range.length <= most) return;
    throw new UserError(
      `The range of ${name} is ${JSON.stringify(range)}; expected 2 to ${most} different values.`,
    );
  }
  if (kind === 'choice' || kind === 'text')
    throw new UserError(`The range of ${name} must be a list of values, such as ['…', '…'].`);
  const { from, to, scale = 'linear' } = (range ?? {}) as SearchedNumber;
  const isFit = typeof from === 'number' && typeof to === 'number' && from < to;
  if (!isFit || !['linear', 'log'].includes(scale)) {
    throw new UserError(
      `The range of ${name} is ${JSON.stringify(range)}; expected { from, to } with from below to and, optionally, ` +
        "scale: 'linear' or 'log', or a list of values.",
    );
  }
  if (scale === 'log' && from <= 0) {
    throw new UserError(`The range of ${name} starts at ${from}; on a log scale it must start above 0.`);
  }
}

function dimension(
  name: string,
  range: OwnRanges[string],
  declared: OwnHyperparameters | undefined,
): Dimension {
  if (!('from' in range)) return { name, kind: 'choice', values: range };
  const { from, to, scale } = range;
  const kind = kindOf(name, declared);
  const isWhole = kind === 'integer' || (kind === 'whole' && [from, to].every(Number.isInteger));
  return { name, kind: 'number', from, to, isLog: scale === 'log', isWhole };
}

/** Checks each end and each choice as a training job would, with every architecture in the search. */
function checkCorners(
  space: readonly Dimension[],
  fixed: OwnHyperparameters,
  declared: OwnHyperparameters | undefined,
): void {
  const architectures = space.find(({ name }) => name === 'architecture');
  const names =
    architectures?.kind === 'choice' ? architectures.values : [fixed.architecture].filter(Boolean);
  for (const architecture of names.length > 0 ? names : [undefined]) {
    const base = { ...fixed, ...(architecture !== undefined && { architecture }) };
    const others = space.filter(({ name }) => name !== 'architecture');
    const corner = (choose: (ends: readonly (string | number)[]) => unknown) =>
      Object.fromEntries(others.map((one) => [one.name, choose(endsOf(one))]));
    parseWithDeclared({ ...base, ...corner((ends) => ends[0]) }, declared);
    parseWithDeclared({ ...base, ...corner((ends) => ends.at(-1)) }, declared);
    for (const one of others) {
      for (const value of endsOf(one)) parseWithDeclared({ ...base, [one.name]: value }, declared);
    }
  }
}

function endsOf(one: Dimension): readonly (string | number)[] {
  return one.kind === 'choice' ? one.values : [one.from, one.to];
}

function checkNumbers(request: UploadedTuning): void {
  const { trials, parallel, seed, maxTrialMinutes, strategy } = { ...tuningDefaults, ...request };
  expectWhole('trials', trials, [1, 750]);
  expectWhole('parallel', parallel, [1, 100]);
  expectWhole('seed', seed, [0, 2 ** 31 - 1]);
  if (!(maxTrialMinutes > 0)) {
    throw new UserError(`maxTrialMinutes is ${maxTrialMinutes}; expected a number above 0.`);
  }
  if (strategy === undefined || ['bayesian', 'hyperband', 'random'].includes(strategy)) return;
  throw new UserError(`strategy is "${strategy}"; expected one of bayesian, hyperband, random.`);
}

function expectWhole(name: string, value: number, [least, greatest]: [number, number]): void {
  if (Number.isInteger(value) && value >= least && value <= greatest) return;
  throw new UserError(`${name} is ${value}; expected a whole number from ${least} to ${greatest}.`);
}

function checkObjective({ objective, hyperparameters }: UploadedTuning, channels: readonly Channel[]): void {
  const wanted = objective ?? tuningDefaults.objective;
  if (!['validation_accuracy', 'validation_loss', 'accuracy', 'loss'].includes(wanted)) {
    throw new UserError(
      `objective is "${wanted}"; expected one of validation_accuracy, validation_loss, accuracy, loss.`,
    );
  }
  const isHeldOut =
    channels.some(({ name }) => name === 'validation') || hyperparameters?.validation_split !== 0;
  if (isHeldOut || !wanted.startsWith('validation')) return;
  throw new UserError(
    `The objective ${wanted} is not measured: add a channel "validation", or a validation_split above 0.`,
  );
}

/** Maps fractions from 0 to 1, one for each dimension, to values. */
export function valuesAt(space: readonly Dimension[], fractions: readonly number[]): Values {
  return Object.fromEntries(space.map((one, at) => [one.name, valueAt(one, fractions[at] as number)]));
}

function valueAt(one: Dimension, fraction: number): string | number {
  if (one.kind === 'choice') {
    return one.values[Math.min(one.values.length - 1, Math.floor(fraction * one.values.length))] as string;
  }
  const { from, to, isLog, isWhole } = one;
  const value = isLog ? from * (to / from) ** fraction : from + (to - from) * fraction;
  const rounded = isWhole ? Math.round(value) : Number(value.toPrecision(6));
  return Math.min(to, Math.max(from, rounded));
}
