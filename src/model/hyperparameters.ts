// The one table of hyperparameters: default, range and meaning. Validation, documentation and the training
// entry point read it; nothing else knows a default.

import { UserError } from '../platform/errors';
import { architectures } from './registry';
import type { Architecture } from './training/architecture';
import { type ArchitectureName, type Hyperparameters, largestShape } from './training/settings';

export type { Hyperparameters } from './training/settings';

interface Row {
  readonly meaning: string;
  /** The architectures that it belongs to. @default all */
  readonly of?: readonly ArchitectureName[];
}

interface NumberRange extends Row {
  readonly kind: 'integer' | 'number';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

interface Choice<Value extends string> extends Row {
  readonly kind: 'choice';
  readonly default: Value;
  readonly values: readonly Value[];
}

interface FreeText extends Row {
  readonly kind: 'text';
  readonly default: string;
}

type TableRow = NumberRange | Choice<string> | FreeText;

type RowOf<Value> = [Value] extends [string]
  ? string extends Value
    ? FreeText
    : Choice<Value>
  : NumberRange;

export const hyperparameterTable: { readonly [Name in keyof Hyperparameters]: RowOf<Hyperparameters[Name]> } =
  {
    architecture: {
      kind: 'choice',
      default: 'ensemble',
      values: Object.keys(architectures) as ArchitectureName[],
      meaning: `the model: ${Object.values(architectures)
        .map(({ meaning }) => meaning)
        .join('; ')}`,
    },
    epochs: {
      kind: 'integer',
      default: 2,
      minimum: 1,
      maximum: 1000,
      meaning:
        'passes over the training rows; the convolution of ensemble takes at most 100,000 of them a pass, and others in the next',
    },
    batch_size: {
      kind: 'integer',
      default: 32,
      minimum: 1,
      maximum: 8192,
      meaning: 'rows per training step',
    },
    learning_rate: {
      kind: 'number',
      default: 0.001,
      minimum: 1e-6,
      maximum: 1,
      meaning: 'step size of the optimizer',
    },
    dropout: {
      kind: 'number',
      default: 0.5,
      minimum: 0,
      maximum: 0.9,
      meaning: 'share of what goes into the last layer that each training step leaves out',
      of: ['cnn'],
    },
    class_weights: {
      kind: 'choice',
      default: 'none',
      values: ['none', 'balanced'],
      meaning: 'balanced: rows of rare labels count more, so that all labels together count the same',
    },
    patience: {
      kind: 'integer',
      default: 0,
      minimum: 0,
      maximum: 1000,
      meaning:
        'training ends after that many epochs without a better one, by validation accuracy, and keeps the best one’s ' +
        'weights; 0 trains all epochs and keeps the last one’s',
    },
    validation_split: {
      kind: 'number',
      default: 0.2,
      minimum: 0,
      maximum: 0.9,
      meaning: 'share of rows held out where there is no validation channel; 0 trains on every row',
    },
    split: {
      kind: 'choice',
      default: 'story',
      values: ['story', 'random'],
      meaning: 'how rows are held out: whole stories, or single rows at random',
    },
    seed: {
      kind: 'integer',
      default: 1,
      minimum: 0,
      maximum: 2147483647,
      meaning: 'of split, weights and shuffling',
    },
    vocabulary_size: {
      kind: 'integer',
      default: 10000,
      minimum: 2,
      maximum: largestShape.vocabularySize,
      meaning: 'token indices, padding included: the most frequent tokens are kept',
    },
    max_length: {
      kind: 'integer',
      default: 100,
      minimum: 1,
      maximum: largestShape.maxLength,
      meaning: 'tokens kept of each title',
    },
    text_column: {
      kind: 'text',
      default: '',
      meaning: 'own data: the column that the model reads; empty for the News Aggregator dataset',
    },
    label_column: { kind: 'text', default: '', meaning: 'own data: the column that it predicts' },
    group_column: {
      kind: 'text',
      default: '',
      meaning: 'own data: the column that says which rows a split by story keeps together; may be empty',
    },
  };

/**
 * Hyperparameters from what a user or SageMaker gives. SageMaker passes strings only, and its Python SDK
 * JSON-encodes them, so `"3"`, `"\"mlp\""` and 3 are all understood; keys that begin with `sagemaker_` belong to
 * that SDK, `_tuning_objective_metric` to SageMaker's tuning jobs, and are passed over. What is not given is the architecture's default, else the table's. Throws a
 * {@link UserError} that lists every unknown or out-of-range one, and those of another architecture unless they have
 * their default.
 */
export function parseHyperparameters(given: Readonly<Record<string, unknown>>): Hyperparameters {
  const problems: string[] = [];
  const parsed: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('sagemaker_') || name === '_tuning_objective_metric') continue;
    const row = rowOf(name);
    const known = row && parseValue(row, value);
    if (known !== undefined) parsed[name] = known;
    else problems.push(row ? describeRefusal(name, value, row) : describeUnknown(name));
  }
  const { architecture } = { architecture: hyperparameterTable.architecture.default, ...parsed };
  problems.push(...strangers(architecture as ArchitectureName, parsed));
  if (problems.length > 0) throw new UserError(`Hyperparameters: ${problems.join('. ')}.`);
  return { ...defaultsOf(architecture as ArchitectureName), ...parsed };
}

function rowOf(name: string): TableRow | undefined {
  return Object.hasOwn(hyperparameterTable, name)
    ? hyperparameterTable[name as keyof Hyperparameters]
    : undefined;
}

function describeUnknown(name: string): string {
  return `unknown hyperparameter "${name}"; known are ${Object.keys(hyperparameterTable).join(', ')}`;
}

function describeRefusal(name: string, value: unknown, row: TableRow): string {
  return `${name} is ${JSON.stringify(value)}; expected ${describeRange(row)}`;
}

/** What is said of hyperparameters that belong to other architectures and do not have their default. */
function strangers(architecture: ArchitectureName, parsed: Readonly<Record<string, unknown>>): string[] {
  return rows()
    .filter(([name, row]) => name in parsed && parsed[name] !== row.default)
    .filter(([, { of }]) => of && !of.includes(architecture))
    .map(([name, { of }]) => `${name} is no hyperparameter of ${architecture}, but of ${of?.join(', ')}`);
}

/** Those of the architecture that they name. */
export function ownHyperparameters(all: Hyperparameters): Record<string, string | number> {
  const own = rows().filter(([, { of }]) => of?.includes(all.architecture) ?? true);
  return Object.fromEntries(own.map(([name]) => [name, all[name as keyof Hyperparameters]]));
}

function defaultsOf(architecture: ArchitectureName): Hyperparameters {
  const ofTable = Object.fromEntries(rows().map(([name, row]) => [name, row.default]));
  const own: Architecture['defaults'] = architectures[architecture].defaults;
  return { ...(ofTable as unknown as Hyperparameters), ...own, architecture };
}

/**
 * The table of hyperparameters as Markdown: name, default, range, meaning.
 * @example
 * ```ts
 * workshop.say(workshop.describeHyperparameters());
 * ```
 */
export function describeHyperparameters(): string {
  const lines = rows().map(
    ([name, row]) =>
      `| \`${name}\` | ${describeDefault(name, row)} | ${describeRange(row)} | ${describeMeaning(row)} |`,
  );
  return ['| Hyperparameter | Default | Range | Meaning |', '|---|---|---|---|', ...lines].join('\n');
}

/** For example `2; cnn 6`. */
function describeDefault(name: string, { default: value }: TableRow): string {
  const own = Object.entries(architectures).flatMap(
    ([architecture, { defaults }]: [string, Architecture]) => {
      const different = defaults?.[name as keyof Hyperparameters];
      return different === undefined ? [] : [`${architecture} ${different}`];
    },
  );
  return [value === '' ? 'empty' : value, ...own].join('; ');
}

function describeMeaning({ meaning, of }: TableRow): string {
  return of ? `${meaning} (${of.join(', ')} only)` : meaning;
}

function rows(): [string, TableRow][] {
  return Object.entries(hyperparameterTable);
}

function describeRange(row: TableRow): string {
  if (row.kind === 'text') return 'the name of a column';
  if (row.kind === 'choice') return `one of ${row.values.join(', ')}`;
  return `${row.kind === 'integer' ? 'a whole number' : 'a number'} from ${row.minimum} to ${row.maximum}`;
}

function parseValue(row: TableRow, given: unknown): string | number | undefined {
  const value = unquote(given);
  if (row.kind === 'text') return typeof value === 'string' ? value : undefined;
  if (row.kind === 'choice') return row.values.find((choice) => choice === value);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= row.minimum && number <= row.maximum)) return undefined;
  return row.kind === 'integer' && !Number.isInteger(number) ? undefined : number;
}

function unquote(value: unknown): unknown {
  if (typeof value !== 'string' || !/^".*"$/s.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
