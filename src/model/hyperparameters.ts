// The one table of hyperparameters: default, range and meaning. Validation, documentation and the training
// entry point read it; defaults are defined nowhere else.

import { UserError } from '../platform/errors';
import { architectures } from './registry';
import type { Architecture } from './training/architecture';
import type { OwnHyperparameters } from './training/networkFunction';
import { type ArchitectureName, type Hyperparameters, largestShape, networkNames } from './training/settings';

export type { Hyperparameters } from './training/settings';

interface Row {
  readonly meaning: string;
  /** The architectures it applies to. @default all */
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
  /** Further values, which other settings of a request imply: accepted, but not listed as choices. */
  readonly implied?: readonly Value[];
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
      values: (Object.keys(architectures) as ArchitectureName[]).filter((name) => name !== 'own'),
      implied: ['own'],
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
        'passes over the training rows; the convolution of ensemble takes at most 100,000 rows a pass, and other rows in the next',
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
    optimizer: {
      kind: 'choice',
      default: 'rmsprop',
      values: ['rmsprop', 'adam', 'sgd'],
      meaning:
        'rule that turns gradients into steps: rmsprop and adam adapt the step size to each weight, sgd does not',
      of: networkNames,
    },
    dropout: {
      kind: 'number',
      default: 0.5,
      minimum: 0,
      maximum: 0.9,
      meaning: 'share of the inputs of the last layer that each training step drops at random',
      of: ['cnn'],
    },
    class_weights: {
      kind: 'choice',
      default: 'none',
      values: ['none', 'balanced'],
      meaning: 'balanced: rows of rare labels weigh more, so that every label has the same total weight',
    },
    patience: {
      kind: 'integer',
      default: 0,
      minimum: 0,
      maximum: 1000,
      meaning:
        'training stops after this many epochs without a better validation accuracy, and keeps the weights of the best ' +
        'epoch; 0 trains all epochs and keeps the last weights',
    },
    validation_split: {
      kind: 'number',
      default: 0.2,
      minimum: 0,
      maximum: 0.9,
      meaning:
        'share of rows held out for validation when there is no validation channel; 0 trains on every row',
    },
    split: {
      kind: 'choice',
      default: 'story',
      values: ['story', 'random'],
      meaning: 'what is held out: whole stories, or single rows at random',
    },
    seed: {
      kind: 'integer',
      default: 1,
      minimum: 0,
      maximum: 2147483647,
      meaning: 'seed of the split, the starting weights and the shuffling',
    },
    cascade_share: {
      kind: 'number',
      default: 0.7,
      minimum: 0,
      maximum: 1,
      meaning: 'share of the texts that ensemble answers alone, those it is surest of',
      of: ['cascade'],
    },
    cascade_accuracy: {
      kind: 'number',
      default: 0,
      minimum: 0,
      maximum: 1,
      meaning:
        'least accuracy of what ensemble answers alone, measured on held-out training rows; above 0 it replaces cascade_share',
      of: ['cascade'],
    },
    vocabulary_size: {
      kind: 'integer',
      default: 10000,
      minimum: 2,
      maximum: largestShape.vocabularySize,
      meaning: 'token indices, including the one for padding; the most frequent tokens are kept',
      of: ['ensemble', ...networkNames],
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
      meaning: 'own data: the column with the text; empty for the News Aggregator dataset',
    },
    label_column: { kind: 'text', default: '', meaning: 'own data: the column with the label to predict' },
    group_column: {
      kind: 'text',
      default: '',
      meaning:
        'own data: the column with the group; a split by story keeps the rows of a group together; may be empty',
    },
  };

/**
 * Parses hyperparameters from a user or from SageMaker, and adds the defaults: those of the architecture, else those of
 * the table. SageMaker passes strings, and its Python SDK JSON-encodes them, so `"3"`, `"\"mlp\""` and 3 are all accepted.
 * Ignores keys of that SDK (`sagemaker_…`) and of SageMaker's tuning jobs (`_tuning_objective_metric`). Throws a
 * {@link UserError} that lists every hyperparameter that is unknown, out of range, or of another architecture with a
 * value other than its default.
 * @param alsoKnown further names, which an error about an unknown one lists
 */
export function parseHyperparameters(
  given: Readonly<Record<string, unknown>>,
  alsoKnown: readonly string[] = [],
): Hyperparameters {
  const problems: string[] = [];
  const parsed: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('sagemaker_') || name === '_tuning_objective_metric') continue;
    const row = rowOf(name);
    const known = row && parseValue(row, value);
    if (known !== undefined) parsed[name] = known;
    else problems.push(row ? describeInvalid(name, value, row) : describeUnknown(name, alsoKnown));
  }
  const { architecture } = { architecture: hyperparameterTable.architecture.default, ...parsed };
  problems.push(...describeInapplicable(architecture as ArchitectureName, parsed));
  if (problems.length > 0) throw new UserError(`Hyperparameters: ${problems.join('. ')}.`);
  return { ...defaultsOf(architecture as ArchitectureName), ...parsed };
}

function rowOf(name: string): TableRow | undefined {
  return Object.hasOwn(hyperparameterTable, name)
    ? hyperparameterTable[name as keyof Hyperparameters]
    : undefined;
}

function describeUnknown(name: string, alsoKnown: readonly string[]): string {
  const known = [...Object.keys(hyperparameterTable), ...alsoKnown];
  return `unknown hyperparameter "${name}"; known are ${known.join(', ')}`;
}

function describeInvalid(name: string, value: unknown, row: TableRow): string {
  return `${name} is ${JSON.stringify(value)}; expected ${describeRange(row)}`;
}

/** Returns a sentence for each hyperparameter that belongs to other architectures and does not have its default. */
function describeInapplicable(
  architecture: ArchitectureName,
  parsed: Readonly<Record<string, unknown>>,
): string[] {
  return rows()
    .filter(([name, row]) => name in parsed && parsed[name] !== row.default)
    .filter(([, { of }]) => of && !of.includes(architecture))
    .map(([name, { of }]) => `${name} does not apply to ${architecture}, only to ${of?.join(', ')}`);
}

/** Returns the hyperparameters that apply to the chosen architecture, and those of its network. */
export function applicableHyperparameters(
  all: Hyperparameters,
  own: OwnHyperparameters = {},
): Record<string, string | number> {
  const applicable = rows().filter(([, { of }]) => of?.includes(all.architecture) ?? true);
  const values = applicable.map(([name]) => [name, all[name as keyof Hyperparameters]]);
  return { ...Object.fromEntries(values), ...own };
}

function defaultsOf(architecture: ArchitectureName): Hyperparameters {
  const ofTable = Object.fromEntries(rows().map(([name, row]) => [name, row.default]));
  const own: Architecture['defaults'] = architectures[architecture].defaults;
  return { ...(ofTable as unknown as Hyperparameters), ...own, architecture };
}

/**
 * Returns the table of hyperparameters as Markdown: name, default, range, meaning.
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

/** Returns the default and those of architectures that differ, for example `2; cnn 6`. */
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
  if (row.kind === 'choice')
    return [...row.values, ...(row.implied ?? [])].find((choice) => choice === value);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= row.minimum && number <= row.maximum)) return undefined;
  return row.kind === 'integer' && !Number.isInteger(number) ? undefined : number;
}

/** Returns a value without the JSON quotes that the SageMaker Python SDK adds. */
export function unquote(value: unknown): unknown {
  if (typeof value !== 'string' || !/^".*"$/s.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
