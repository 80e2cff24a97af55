import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userError } from '../../testing/folders';
import { tinyNetwork } from '../../testing/tinyNetwork';
import { searchSpace, valuesAt } from './searchSpace';
import type { TuningRequest } from './tuning';

const channels = [{ name: 'training', uri: 'file:///data' }];
const ranges = {
  learning_rate: { from: 0.001, to: 0.1, scale: 'log' },
  epochs: { from: 2, to: 6 },
  class_weights: ['none', 'balanced'],
} as const;

test('searchSpace() makes dimensions of ranges and lists, and valuesAt() trials of their points', () => {
  const space = searchSpace({ channels, ranges });
  assert.deepEqual(valuesAt(space, [0, 0, 0]), { learning_rate: 0.001, epochs: 2, class_weights: 'none' });
  assert.deepEqual(valuesAt(space, [0.5, 0.5, 0.5]), {
    learning_rate: 0.01,
    epochs: 4,
    class_weights: 'balanced',
  });
  assert.deepEqual(valuesAt(space, [1, 1, 1]), { learning_rate: 0.1, epochs: 6, class_weights: 'balanced' });
});

const refusals: [string, object, string[]][] = [
  ['nothing to search', { ranges: {} }, ['0 ranges', 'expected 1 to 30']],
  [
    'an unknown one',
    { ranges: { epoch: { from: 1, to: 2 } } },
    ['unknown hyperparameter "epoch"', 'known are'],
  ],
  [
    'a lower end',
    { ranges: { epochs: { from: 0, to: 2 } } },
    ['epochs is 0', 'a whole number from 1 to 1000'],
  ],
  [
    'an upper end',
    { ranges: { dropout: { from: 0, to: 1 } }, hyperparameters: { architecture: 'cnn' } },
    ['dropout is 1', 'a number from 0 to 0.9'],
  ],
  ['a fraction of a whole', { ranges: { epochs: { from: 1.5, to: 2 } } }, ['epochs is 1.5']],
  ['a choice', { ranges: { split: ['story', 'day'] } }, ['split is "day"', 'one of story, random']],
  ['a list of one', { ranges: { split: ['story'] } }, ['["story"]', '2 to 30 different values']],
  ['ends in the wrong order', { ranges: { epochs: { from: 3, to: 3 } } }, ['from below to']],
  ['a range that is none', { ranges: { epochs: 3 } }, ['The range of epochs is 3']],
  ['numbers where there are none', { ranges: { split: { from: 1, to: 2 } } }, ['split must be a list']],
  ['0 on a log scale', { ranges: { dropout: { from: 0, to: 0.5, scale: 'log' } } }, ['starts at 0']],
  ['an unknown scale', { ranges: { epochs: { from: 1, to: 5, scale: 'cubic' } } }, ["'linear' or 'log'"]],
  [
    'one that is also given',
    { hyperparameters: { epochs: 2 } },
    ['epochs is both in ranges and in hyperparameters'],
  ],
  ['a wrong one that is given', { hyperparameters: { seed: -1 } }, ['seed is -1']],
  ['another architecture’s', { ranges: { dropout: { from: 0.1, to: 0.5 } } }, ['does not apply to ensemble']],
  [
    'one that not every architecture has',
    { ranges: { architecture: ['cnn', 'mlp'], dropout: { from: 0.1, to: 0.5 } } },
    ['dropout does not apply to mlp'],
  ],
  ['too many trials', { trials: 751 }, ['trials is 751', 'from 1 to 750']],
  ['no trial at once', { parallel: 0 }, ['parallel is 0']],
  ['no time', { maxTrialMinutes: 0 }, ['maxTrialMinutes is 0']],
  ['an unknown strategy', { strategy: 'grid' }, ['strategy is "grid"', 'bayesian, hyperband, random']],
  ['an unknown objective', { objective: 'f1' }, ['objective is "f1"', 'validation_accuracy']],
  ['an objective that is not measured', { hyperparameters: { validation_split: 0 } }, ['not measured']],
];

for (const [what, changed, words] of refusals) {
  test(`searchSpace() rejects ${what}`, () => {
    const request = { channels, ranges, ...changed } as TuningRequest;
    assert.throws(() => searchSpace(request), userError(...words));
  });
}

const network = tinyNetwork();

test('searchSpace() searches a network’s own hyperparameters, in whole numbers if default and ends are whole', () => {
  const rate = { ...network, hyperparameters: { units: 4, rate: 0.5, activation: 'relu' } };
  const space = searchSpace({
    channels,
    network: rate,
    ranges: {
      units: { from: 2, to: 5 },
      rate: { from: 0, to: 1 },
      activation: ['relu', 'tanh'],
      epochs: { from: 1, to: 2 },
    },
  });
  assert.deepEqual(valuesAt(space, [0.4, 0.4, 0.6, 0.9]), {
    units: 3,
    rate: 0.4,
    activation: 'tanh',
    epochs: 2,
  });
  const fractions = searchSpace({ channels, network: rate, ranges: { units: { from: 2, to: 2.5 } } });
  assert.deepEqual(valuesAt(fractions, [0.5]), { units: 2.25 });
});

const rejectedNetworks: [string, object, string[]][] = [
  ['an unknown one', { ranges: { unit: [1, 2] } }, ['"unit"; known are architecture', 'units, activation']],
  ['numbers for words', { ranges: { activation: { from: 1, to: 2 } } }, ['activation must be a list']],
  ['a word among numbers', { ranges: { units: [2, 'many'] } }, ['units is "many"; expected a number']],
  ['a number among words', { ranges: { activation: ['relu', 2] } }, ['activation is 2; expected a word']],
  ['one that is also given', { hyperparameters: { units: 2 } }, ['units is both in ranges and in']],
  ['a wrong one that is given', { hyperparameters: { activation: 2 } }, ['activation is 2']],
  ['several architectures', { ranges: { architecture: ['own', 'cnn'] } }, ['architecture is in ranges']],
  ['dropout, of cnn', { ranges: { dropout: { from: 0, to: 0.4 } } }, ['dropout does not apply to own']],
];

for (const [what, changed, words] of rejectedNetworks) {
  test(`searchSpace() rejects ${what}, for a network`, () => {
    const request = { channels, network, ranges: { units: [2, 4] }, ...changed };
    assert.throws(() => searchSpace(request), userError(...words));
  });
}

test('searchSpace() rejects own among other architectures', () => {
  const request = { channels, ranges: { architecture: ['mlp', 'own'] } } as const;
  assert.throws(
    () => searchSpace(request),
    userError('architecture is in ranges', 'pass `network` to tune()'),
  );
});

test('searchSpace() takes what every architecture of the search has, and a channel for validation', () => {
  const both = { architecture: ['cnn', 'mlp'], learning_rate: [0.001, 0.01] } as const;
  assert.equal(searchSpace({ channels, ranges: both }).length, 2);
  const withValidation = [...channels, { name: 'validation', uri: 'file:///data' }];
  const request = { channels: withValidation, ranges, hyperparameters: { validation_split: 0 } };
  assert.equal(searchSpace(request).length, 3);
});
