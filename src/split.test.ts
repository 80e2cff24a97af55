import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Headline } from './headlines';
import { seededRandom } from './random';
import { type Split, splitByStory, splitRandomly } from './split';
import { createHeadline, createHeadlines, userError } from './testing';

const splits = { splitByStory, splitRandomly };

/** Rows of stories with these sizes, the stories' rows lying in between each other. */
function rowsOf(sizes: readonly number[]): readonly Headline[] {
  const rows = sizes.flatMap((size, story) =>
    Array.from({ length: size }, (_, turn) => createHeadline({ story: `s${story}`, id: `${turn}-${story}` })),
  );
  return Object.freeze(rows.sort((a, b) => Number.parseInt(a.id, 10) - Number.parseInt(b.id, 10)));
}

/** Rows of seeded stories with one to six rows. */
function seededRows(seed: number): readonly Headline[] {
  const random = seededRandom(seed);
  return rowsOf(Array.from({ length: 60 }, () => 1 + random.integer(6)));
}

function sharedStories({ training, validation }: Split): Headline[] {
  const stories = new Set(training.map(({ story }) => story));
  return validation.filter(({ story }) => stories.has(story));
}

function* seededSplits(
  divide: typeof splitByStory,
): Generator<{ rows: readonly Headline[]; wanted: number } & Split> {
  for (const validationFraction of [0.05, 0.2, 0.5, 0.85]) {
    for (let seed = 1; seed <= 5; seed++) {
      const rows = seededRows(seed);
      yield { rows, wanted: rows.length * validationFraction, ...divide(rows, { validationFraction, seed }) };
    }
  }
}

for (const [name, divide] of Object.entries(splits)) {
  test(`${name}() puts every row on one side, in its original order`, () => {
    for (const { rows, training, validation } of seededSplits(divide)) {
      const places = (side: readonly Headline[]) => side.map((row) => rows.indexOf(row));
      const increasing = (side: number[]) =>
        side.every((place, index) => index === 0 || place > (side[index - 1] as number));
      assert.ok(increasing(places(training)) && increasing(places(validation)));
      const all = [...places(training), ...places(validation)].sort((a, b) => a - b);
      assert.deepEqual(all, [...rows.keys()]);
    }
  });

  test(`${name}() gives the same split for the same seed, and another for another`, () => {
    const rows = seededRows(9);
    assert.deepEqual(divide(rows, { seed: 4 }), divide(rows, { seed: 4 }));
    assert.notDeepEqual(divide(rows, { seed: 4 }), divide(rows, { seed: 5 }));
    assert.deepEqual(divide(rows), divide(rows, { validationFraction: 0.2, seed: 1 }));
  });

  test(`${name}() refuses a fraction that leaves a side empty`, () => {
    const rows = seededRows(1);
    for (const validationFraction of [0, 1, -0.2, 1.5, Number.NaN]) {
      const message = userError(`validationFraction is ${validationFraction}`, 'between 0 and 1');
      assert.throws(() => divide(rows, { validationFraction }), message);
    }
  });

  test(`${name}() refuses too few rows`, () => {
    assert.throws(() => divide([]), userError('0 row(s) cannot be split'));
    assert.throws(() => divide(createHeadlines(1)), userError('1 row(s) cannot be split at 0.2'));
    assert.throws(
      () => divide(createHeadlines(3), { validationFraction: 0.9 }),
      userError('3 row(s) cannot be split at 0.9'),
    );
  });
}

test('splitByStory() puts no story on both sides', () => {
  for (const split of seededSplits(splitByStory)) assert.deepEqual(sharedStories(split), []);
});

test('splitByStory() comes within 0.05 of the fraction', () => {
  for (const { rows, wanted, validation } of seededSplits(splitByStory)) {
    assert.ok(Math.abs(validation.length - wanted) <= 0.05 * rows.length + 0.5);
    assert.ok(validation.length > 0);
  }
});

test('splitRandomly() holds out exactly the rounded fraction', () => {
  for (const { wanted, validation } of seededSplits(splitRandomly)) {
    assert.equal(validation.length, Math.round(wanted));
  }
});

test('splitRandomly() lets stories stand on both sides', () => {
  assert.ok(sharedStories(splitRandomly(seededRows(1))).length > 0);
});

test('splitByStory() refuses stories too large for the fraction', () => {
  assert.throws(
    () => splitByStory(rowsOf([40])),
    userError('near 8 of 40 rows', '1 stories', 'largest has 40 rows', 'random split'),
  );
  assert.throws(
    () => splitByStory(rowsOf([38, 1, 1])),
    userError('near 8 of 40 rows', 'largest has 38 rows'),
  );
  assert.throws(
    () => splitByStory(rowsOf([10, 10]), { validationFraction: 0.05 }),
    userError('near 1 of 20'),
  );
});

test('splitByStory() fills up with smaller stories where one is too large', () => {
  const rows = rowsOf([30, ...new Array<number>(70).fill(1)]);
  for (let seed = 1; seed <= 10; seed++) assert.equal(splitByStory(rows, { seed }).validation.length, 20);
});

test('splitByStory() accepts a miss of 0.05 and no more', () => {
  const rows = rowsOf([4, 4, 4, 4, 4]);
  assert.equal(splitByStory(rows, { validationFraction: 0.25 }).validation.length, 4);
  assert.throws(() => splitByStory(rows, { validationFraction: 0.3 }), userError('near 6 of 20 rows'));
});
