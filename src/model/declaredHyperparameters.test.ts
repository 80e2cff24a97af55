import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userError } from '../testing/folders';
import { parseWithDeclared } from './declaredHyperparameters';
import { hyperparameterTable, parseHyperparameters } from './hyperparameters';

const declared = { units: 4, rate: 0.5, activation: 'relu' };

test('parseWithDeclared() accepts numbers, strings and JSON-quoted strings, by the type of the default', () => {
  const spellings = [
    { units: 3, rate: 0.25, activation: 'tanh' },
    { units: '3', rate: '0.25', activation: 'tanh' },
    { units: '"3"', rate: '"25e-2"', activation: '"tanh"' },
  ];
  for (const given of spellings) {
    const { own, hyperparameters } = parseWithDeclared({ ...given, epochs: '3' }, declared);
    assert.deepEqual(own, { units: 3, rate: 0.25, activation: 'tanh' });
    assert.deepEqual(hyperparameters, parseHyperparameters({ architecture: 'own', epochs: 3 }));
  }
  assert.deepEqual(parseWithDeclared({}, declared).own, declared);
  assert.deepEqual(parseWithDeclared({ activation: '3' }, declared).own, { ...declared, activation: '3' });
});

test('parseWithDeclared() is parseHyperparameters() without a network', () => {
  const { hyperparameters, own } = parseWithDeclared({ epochs: 3 }, undefined);
  assert.deepEqual([hyperparameters, own], [parseHyperparameters({ epochs: 3 }), {}]);
});

test('parseWithDeclared() rejects values of another type', () => {
  for (const units of ['many', '', ' ', '""', NaN, Infinity, 'Infinity', true, null, undefined, [3], {}]) {
    const shown = `Hyperparameters: units is ${JSON.stringify(units)}; expected a number.`;
    assert.throws(() => parseWithDeclared({ units }, declared), userError(shown));
  }
  for (const activation of [3, true, null, ['relu']]) {
    assert.throws(() => parseWithDeclared({ activation }, declared), userError('expected a word'));
  }
});

test('parseWithDeclared() rejects unknown names and lists all known ones', () => {
  const known = [...Object.keys(hyperparameterTable), 'units', 'rate', 'activation'].join(', ');
  for (const name of ['unit', 'constructor', '__proto__']) {
    const given = JSON.parse(`{"${name}": "3"}`);
    assert.throws(
      () => parseWithDeclared(given, declared),
      userError(`unknown hyperparameter "${name}"; known are ${known}.`),
    );
  }
});
