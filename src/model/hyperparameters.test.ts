import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { userError } from '../testing/folders';
import {
  applicableHyperparameters,
  describeHyperparameters,
  hyperparameterTable,
  parseHyperparameters,
} from './hyperparameters';

const defaults = {
  architecture: 'ensemble',
  epochs: 5,
  batch_size: 256,
  learning_rate: 0.006,
  optimizer: 'rmsprop',
  dropout: 0.5,
  class_weights: 'none',
  patience: 0,
  validation_split: 0.2,
  split: 'story',
  seed: 1,
  cascade_share: 0.7,
  cascade_accuracy: 0,
  vocabulary_size: 50000,
  max_length: 50,
  text_column: '',
  label_column: '',
  group_column: '',
};

/** Of the workshop's classic network, and of all that have none of their own. */
const classic = {
  ...defaults,
  architecture: 'mlp',
  epochs: 2,
  batch_size: 32,
  learning_rate: 0.001,
  vocabulary_size: 10000,
  max_length: 100,
};

test('parseHyperparameters() gives the defaults where nothing is given', () => {
  assert.deepEqual(parseHyperparameters({}), defaults);
});

test('parseHyperparameters() accepts numbers, strings and JSON-quoted strings', () => {
  const expected = { ...classic, epochs: 3, learning_rate: 0.01, split: 'random', architecture: 'mlp' };
  const spellings = [
    { epochs: 3, learning_rate: 0.01, split: 'random', architecture: 'mlp' },
    { epochs: '3', learning_rate: '0.01', split: 'random', architecture: 'mlp' },
    { epochs: '"3"', learning_rate: '"1e-2"', split: '"random"', architecture: '"mlp"' },
  ];
  for (const given of spellings) assert.deepEqual(parseHyperparameters(given), expected);
});

test('parseHyperparameters() passes over the keys of the SageMaker SDK, and that of a tuning job', () => {
  const given = {
    sagemaker_program: '"train.py"',
    sagemaker_region: 'eu-west-1',
    _tuning_objective_metric: 'validation_accuracy',
    seed: '7',
  };
  assert.deepEqual(parseHyperparameters(given), { ...defaults, seed: 7 });
  assert.throws(
    () => parseHyperparameters({ sagemaker: '1' }),
    userError('unknown hyperparameter "sagemaker"'),
  );
});

test('parseHyperparameters() takes both ends of every range and nothing beyond them', () => {
  for (const [name, row] of Object.entries(hyperparameterTable)) {
    if (row.kind === 'choice' || row.kind === 'text') continue;
    const step = row.kind === 'integer' ? 1 : row.minimum === 0 ? 1e-9 : row.minimum / 1e6;
    const architecture = row.of?.[0] ?? 'mlp';
    for (const value of [row.minimum, row.maximum, String(row.maximum)]) {
      assert.equal(parseHyperparameters({ architecture, [name]: value })[name as 'epochs'], Number(value));
    }
    for (const value of [row.minimum - step, String(row.maximum + step)]) {
      const range = `${row.minimum} to ${row.maximum}`;
      assert.throws(
        () => parseHyperparameters({ architecture, [name]: value }),
        userError(name, String(value), range),
      );
    }
  }
});

test('parseHyperparameters() rejects what is not a number, naming value and range', () => {
  const range = 'expected a whole number from 1 to 1000';
  for (const value of ['many', '', ' ', '""', '"', 'NaN', NaN, Infinity, true, null, undefined, [3], {}]) {
    const shown = `epochs is ${JSON.stringify(value)}; ${range}`;
    assert.throws(() => parseHyperparameters({ epochs: value }), userError(shown));
  }
  for (const blank of ['', ' ', '""', '" "']) {
    assert.throws(() => parseHyperparameters({ seed: blank }), userError('seed is', 'whole number'));
  }
  assert.throws(
    () => parseHyperparameters({ split: '"story" "random"' }),
    userError('split is', 'one of story'),
  );
});

test('parseHyperparameters() rejects fractions where a whole number belongs', () => {
  assert.throws(
    () => parseHyperparameters({ batch_size: 32.5 }),
    userError('batch_size is 32.5', 'whole number'),
  );
  assert.throws(() => parseHyperparameters({ seed: '"0.5"' }), userError('seed is', 'whole number'));
  assert.equal(parseHyperparameters({ batch_size: '64.0' }).batch_size, 64);
});

test('parseHyperparameters() accepts every architecture, and the table explains each', () => {
  for (const architecture of ['ensemble', 'mlp', 'lstm', 'cnn', 'minilm', 'cascade']) {
    assert.equal(parseHyperparameters({ architecture }).architecture, architecture);
    assert.ok(hyperparameterTable.architecture.meaning.includes(`${architecture} `));
  }
  assert.ok(
    describeHyperparameters().includes(
      '| `architecture` | ensemble | one of ensemble, mlp, lstm, cnn, minilm, cascade | the model: ',
    ),
  );
});

test('parseHyperparameters() rejects a choice that is not in the table', () => {
  assert.throws(
    () => parseHyperparameters({ split: 'stories' }),
    userError('split is "stories"; expected one of story, random'),
  );
  assert.throws(() => parseHyperparameters({ architecture: 3 }), userError('architecture is 3', 'mlp'));
});

test('parseHyperparameters() gives an architecture its own defaults, unless told otherwise', () => {
  assert.deepEqual(parseHyperparameters({ architecture: '"cnn"' }), {
    ...classic,
    architecture: 'cnn',
    epochs: 5,
    batch_size: 64,
  });
  assert.equal(parseHyperparameters({ epochs: 2, architecture: 'cnn' }).epochs, 2);
});

test('parseHyperparameters() rejects a hyperparameter of another architecture, unless it has its default', () => {
  assert.throws(
    () => parseHyperparameters({ dropout: 0.2 }),
    userError('dropout does not apply to ensemble, only to cnn'),
  );
  assert.equal(parseHyperparameters({ dropout: '0.5' }).dropout, 0.5);
  assert.equal(parseHyperparameters({ architecture: 'cnn', dropout: 0.2 }).dropout, 0.2);
});

test('applicableHyperparameters() leaves out hyperparameters of other architectures', () => {
  const { dropout: _, optimizer: __, cascade_share: ___, cascade_accuracy: ____, ...own } = defaults;
  assert.deepEqual(applicableHyperparameters(parseHyperparameters({})), own);
  const ofCnn = parseHyperparameters({ architecture: 'cnn' });
  const { cascade_share: _____, cascade_accuracy: ______, ...applicable } = ofCnn;
  assert.deepEqual(applicableHyperparameters(ofCnn), applicable);
});

test('parseHyperparameters() rejects unknown names and lists the known ones', () => {
  const known = Object.keys(defaults).join(', ');
  assert.throws(() => parseHyperparameters({ epoch: 3 }), userError('unknown hyperparameter "epoch"', known));
});

test('parseHyperparameters() takes own, which the table does not list: a network of the user’s own implies it', () => {
  const parsed = parseHyperparameters({ architecture: 'own', optimizer: '"adam"' });
  assert.deepEqual(parsed, { ...classic, architecture: 'own', optimizer: 'adam' });
  assert.throws(
    () => parseHyperparameters({ architecture: 'won' }),
    userError('architecture is "won"; expected one of ensemble, mlp, lstm, cnn, minilm, cascade.'),
  );
  assert.throws(
    () => parseHyperparameters({ optimizer: 'adam' }),
    userError('optimizer does not apply to ensemble, only to mlp, lstm, cnn, own'),
  );
});

test('parseHyperparameters() takes no name from JavaScript’s own objects', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const given = JSON.parse(`{"${name}": "3"}`);
    assert.throws(() => parseHyperparameters(given), userError(`unknown hyperparameter "${name}"`));
  }
});

test('parseHyperparameters() names every problem in one message', () => {
  assert.throws(
    () => parseHyperparameters({ epochs: 0, epochen: 3, split: 'x', seed: 5 }),
    (error: unknown) =>
      userError('epochs is 0', '"epochen"', 'split is "x"')(error) &&
      !(error as Error).message.includes('seed is'),
  );
});

/** Defaults that more than one architecture has of its own. */
const ownDefaults: Readonly<Record<string, string>> = {
  epochs: '2; ensemble 5; cnn 5; minilm 3; cascade 3',
  batch_size: '32; ensemble 256; cnn 64',
  learning_rate: '0.001; ensemble 0.006; minilm 0.00005; cascade 0.00005',
  max_length: '100; ensemble 50; minilm 24; cascade 24',
};

test('describeHyperparameters() has a row for every hyperparameter', () => {
  const [heading, rule, ...lines] = describeHyperparameters().split('\n');
  assert.equal(heading, '| Hyperparameter | Default | Range | Meaning |');
  assert.equal(rule, '|---|---|---|---|');
  const cells = lines.map((line) => line.slice(2, -2).split(' | '));
  assert.deepEqual(
    cells.map(([name, value]) => [name, value]),
    Object.entries(defaults).map(([name, value]) => {
      const usual = classic[name as keyof typeof classic];
      const own = ownDefaults[name];
      if (own) return [`\`${name}\``, own];
      const shown = usual === value || name === 'architecture' ? [value] : [usual, `ensemble ${value}`];
      return [`\`${name}\``, shown.join('; ') || 'empty'];
    }),
  );
  for (const row of cells) assert.ok(row.length === 4 && row.every((cell) => cell.trim() !== ''));
});

test('describeHyperparameters() words ranges as errors do', () => {
  const table = describeHyperparameters();
  assert.ok(table.includes('| `seed` | 1 | a whole number from 0 to 2147483647 |'));
  assert.ok(
    table.includes(
      '| `learning_rate` | 0.001; ensemble 0.006; minilm 0.00005; cascade 0.00005 | a number from 0.000001 to 1 |',
    ),
  );
  assert.ok(table.includes('| `split` | story | one of story, random |'));
});

test('docs/container.md shows the table as it is', async () => {
  const page = await readFile(join(__dirname, '..', '..', 'docs', 'container.md'), 'utf8');
  assert.ok(page.includes(describeHyperparameters()));
});
