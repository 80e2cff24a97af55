import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mean } from '../../platform/format';
import { type Dimension, type Values, valuesAt } from '../contract/searchSpace';
import { type Known, propose } from './proposal';

const space: Dimension[] = [
  { name: 'learning_rate', kind: 'number', from: 1e-4, to: 1, isLog: true, isWhole: false },
  { name: 'epochs', kind: 'number', from: 1, to: 20, isLog: false, isWhole: true },
  { name: 'class_weights', kind: 'choice', values: ['none', 'balanced'] },
];

/** Best at a learning rate of 0.01 and 12 epochs, balanced. */
function score({ learning_rate, epochs, class_weights }: Values): number {
  const rate = Math.log10(Number(learning_rate)) + 2;
  return -(rate ** 2) - ((Number(epochs) - 12) / 8) ** 2 + (class_weights === 'balanced' ? 0.3 : 0);
}

function search(trials: number, settings: { seed: number; learns: boolean }): Known[] {
  const known: Known[] = [];
  while (known.length < trials) {
    const values = propose(space, known, settings);
    known.push({ values, score: score(values), hasEnded: true });
  }
  return known;
}

const bestOf = (known: readonly Known[]) => Math.max(...known.map(({ score: one = -Infinity }) => one));

test('a search is the same for the same seed, another for another, and can be continued', () => {
  const whole = search(8, { seed: 1, learns: true });
  assert.deepEqual(search(8, { seed: 1, learns: true }), whole);
  assert.notDeepEqual(search(1, { seed: 2, learns: true }), whole.slice(0, 1));
  const later = propose(space, whole.slice(0, 7), { seed: 1, learns: true });
  assert.deepEqual(later, whole[7]?.values);
});

test('every proposal is within its ranges, and none comes twice', () => {
  for (const learns of [true, false]) {
    const known = search(20, { seed: 3, learns });
    for (const { values } of known) {
      const { learning_rate, epochs, class_weights } = values;
      assert.ok(Number(learning_rate) >= 1e-4 && Number(learning_rate) <= 1);
      assert.ok(Number.isInteger(epochs) && Number(epochs) >= 1 && Number(epochs) <= 20);
      assert.ok(class_weights === 'none' || class_weights === 'balanced');
    }
    assert.equal(new Set(known.map(({ values }) => JSON.stringify(values))).size, 20);
  }
});

test('a search that learns comes closer to the best than one by chance, on average over seeds', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  const average = (learns: boolean) => mean(seeds.map((seed) => bestOf(search(16, { seed, learns }))));
  const [learnt, chance] = [average(true), average(false)];
  assert.ok(learnt > chance, `${learnt} after learning, ${chance} by chance`);
  assert.ok(learnt > 0.25, `${learnt} of at most 0.3`);
});

test('proposals spread over the ranges: the first ones evenly, those by chance in every dimension', () => {
  const share = ({ values }: Known) => (Math.log10(Number(values.learning_rate)) + 4) / 4;
  const first = search(4, { seed: 1, learns: true }).map(share);
  const sorted = [0, ...first.sort((one, other) => one - other), 1];
  const gaps = sorted.slice(1).map((one, at) => one - (sorted[at] as number));
  assert.ok(Math.max(...gaps) < 0.5, `the widest gap is ${Math.max(...gaps)}`);
  for (const seed of [1, 2, 3]) {
    const known = search(40, { seed, learns: false });
    for (const quarter of [0, 1, 2, 3]) {
      const inIt = known.filter((one) => Math.floor(share(one) * 4) === quarter).length;
      assert.ok(inIt >= 3 && inIt <= 20, `${inIt} of 40 in quarter ${quarter}`);
    }
    const balanced = known.filter(({ values }) => values.class_weights === 'balanced').length;
    assert.ok(balanced > 10 && balanced < 30, `${balanced} of 40 are balanced`);
  }
});

test('trials that run keep others from the same place, and those that failed are no reason to stop', () => {
  const known = search(6, { seed: 5, learns: true });
  const running = propose(space, known, { seed: 5, learns: true });
  const beside = propose(space, [...known, { values: running, hasEnded: false }], { seed: 5, learns: true });
  assert.notDeepEqual(beside, running);
  const failed = known.map(({ values }) => ({ values, hasEnded: true }));
  assert.ok(propose(space, failed, { seed: 5, learns: true }).learning_rate);
});

test('where all choices were tried, one comes again', () => {
  const two: Dimension[] = [{ name: 'split', kind: 'choice', values: ['story', 'random'] }];
  const known = [0, 0.9].map((at): Known => ({ values: valuesAt(two, [at]), score: at, hasEnded: true }));
  for (const learns of [true, false]) {
    assert.match(String(propose(two, [...known, ...known], { seed: 1, learns }).split), /story|random/);
  }
});
