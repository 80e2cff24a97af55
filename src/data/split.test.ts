import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../platform/errors';
import { createHeadline, createHeadlines, userError } from '../testing/folders';
import type { Headline } from './headlines';
import { seededRandom, shuffled } from './random';
import { type Split, splitByStory, splitRandomly } from './split';
import { generateHeadlines } from './synthetic';

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

  test(`${name}() rejects a fraction that leaves a side empty`, () => {
    const rows = seededRows(1);
    for (const validationFraction of [0, 1, -0.2, 1.5, Number.NaN]) {
      const message = userError(`validationFraction is ${validationFraction}`, 'between 0 and 1');
      assert.throws(() => divide(rows, { validationFraction }), message);
    }
  });

  test(`${name}() rejects too few rows`, () => {
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

test('splitByStory() rejects stories too large for the fraction', () => {
  assert.throws(
    () => splitByStory(rowsOf([40])),
    userError('about 8 of 40 rows', 'is 1 story', 'largest has 40 rows', 'random split'),
  );
  assert.throws(
    () => splitByStory(rowsOf([38, 1, 1])),
    userError('about 8 of 40 rows', 'largest has 38 rows'),
  );
  assert.throws(
    () => splitByStory(rowsOf([10, 10]), { validationFraction: 0.05 }),
    userError('about 1 of 20'),
  );
});

test('splitByStory() fills up with smaller stories where one is too large', () => {
  const rows = rowsOf([30, ...new Array<number>(70).fill(1)]);
  for (let seed = 1; seed <= 10; seed++) assert.equal(splitByStory(rows, { seed }).validation.length, 20);
});

test('splitByStory() accepts a miss of 0.05 and no more', () => {
  const rows = rowsOf([4, 4, 4, 4, 4]);
  assert.equal(splitByStory(rows, { validationFraction: 0.25 }).validation.length, 4);
  assert.throws(() => splitByStory(rows, { validationFraction: 0.3 }), userError('about 6 of 20 rows'));
});

/** A greedy draw of stories that knows no labels. */
function drawWithoutLabels(rows: readonly Headline[], fraction: number, seed: number): Headline[] {
  const wanted = Math.round(rows.length * fraction);
  const sizes = new Map<string, number>();
  for (const { story } of rows) sizes.set(story, (sizes.get(story) ?? 0) + 1);
  const held = new Set<string>();
  let count = 0;
  for (const [story, size] of shuffled(sizes, seededRandom(seed))) {
    if (count + size > wanted) continue;
    held.add(story);
    count += size;
  }
  return rows.filter(({ story }) => held.has(story));
}

test('both splits hold out the rows of a plain seeded draw where every label has plenty', () => {
  const rows = generateHeadlines({ rows: 2000 });
  for (const validationFraction of [0.1, 0.2, 0.4]) {
    for (let seed = 1; seed <= 5; seed++) {
      const options = { validationFraction, seed };
      assert.deepEqual(
        splitByStory(rows, options).validation,
        drawWithoutLabels(rows, validationFraction, seed),
      );
      const drawn = new Set(shuffled(rows, seededRandom(seed)).slice(0, rows.length * validationFraction));
      assert.deepEqual(
        splitRandomly(rows, options).validation,
        rows.filter((row) => drawn.has(row)),
      );
    }
  }
});

/** Rows with any stories and labels; a row may be in the list several times, as one object. */
const anyRows = fc
  .array(fc.record({ story: fc.nat(12), label: fc.nat(6), copies: fc.constantFrom(1, 1, 1, 3) }), {
    minLength: 3,
    maxLength: 60,
  })
  .map((drawn) =>
    drawn.flatMap(({ story, label, copies }): Headline[] =>
      new Array(copies).fill(createHeadline({ story: `s${story}`, category: `label ${label}` })),
    ),
  );
const anyFraction = fc.double({ min: 0.05, max: 0.9, noNaN: true });
const labelsOf = (rows: readonly Headline[]) => new Set(rows.map(({ category }) => category));

/** Undefined where the rows cannot be split. */
function unlessImpossible<Result>(divide: () => Result): Result | undefined {
  try {
    return divide();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return undefined;
  }
}

test('both splits keep every label in training and every row on one side, whatever the stories', () => {
  fc.assert(
    fc.property(anyRows, anyFraction, fc.nat(), (rows, validationFraction, seed) => {
      for (const divide of Object.values(splits)) {
        const split = unlessImpossible(() => divide(rows, { validationFraction, seed }));
        if (!split) continue;
        assert.deepEqual(labelsOf(split.training), labelsOf(rows));
        assert.equal(split.training.length + split.validation.length, rows.length);
        assert.ok(split.validation.length > 0);
        if (divide === splitByStory) assert.deepEqual(sharedStories(split), []);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('splitRandomly() is exact to the row, or as near as one training row for each label allows', () => {
  fc.assert(
    fc.property(anyRows, anyFraction, fc.nat(), (rows, validationFraction, seed) => {
      const wanted = Math.round(rows.length * validationFraction);
      const split = unlessImpossible(() => splitRandomly(rows, { validationFraction, seed }));
      const possible = Math.min(wanted, rows.length - labelsOf(rows).size);
      assert.equal(split?.validation.length ?? 0, wanted === rows.length ? 0 : possible);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('splitByStory() finds a split if one exists, as an exhaustive search does', () => {
  const stories = fc.array(fc.record({ size: fc.integer({ min: 1, max: 12 }), label: fc.nat(3) }), {
    minLength: 2,
    maxLength: 9,
  });
  fc.assert(
    fc.property(stories, anyFraction, fc.nat(), (stories, validationFraction, seed) => {
      const rows = stories.flatMap(({ size, label }, story) =>
        Array.from({ length: size }, () =>
          createHeadline({ story: `s${story}`, category: `label ${label}` }),
        ),
      );
      const wanted = Math.round(rows.length * validationFraction);
      if (wanted === 0 || wanted === rows.length) return;
      const subsets = Array.from({ length: 2 ** stories.length }, (_, bits) =>
        stories.filter((_, story) => bits & (1 << story)),
      );
      const isPossible = subsets.some((held) => {
        const size = held.reduce((sum, story) => sum + story.size, 0);
        const left = stories.filter((story) => !held.includes(story));
        return (
          size > 0 &&
          Math.abs(size - wanted) <= 0.05 * rows.length &&
          stories.every(({ label }) => left.some((story) => story.label === label))
        );
      });
      const split = unlessImpossible(() => splitByStory(rows, { validationFraction, seed }));
      assert.equal(split !== undefined, isPossible);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('a label of one story stays in training, and the other labels are held out as asked', () => {
  const rare = createHeadline({ story: 'rare', category: 'Health' });
  const rows = [rare, ...rowsOf(new Array<number>(50).fill(4))];
  for (let seed = 1; seed <= 20; seed++) {
    for (const divide of Object.values(splits)) {
      const { training, validation } = divide(rows, { seed });
      assert.ok(training.includes(rare));
      assert.equal(validation.length, 40);
    }
  }
});

test('700 labels of ten rows each stay trainable', () => {
  const rows = Array.from({ length: 7000 }, (_, row) =>
    createHeadline({ story: `s${row}`, category: `label ${row % 700}` }),
  );
  for (const divide of Object.values(splits)) {
    const { training, validation } = divide(rows, { validationFraction: 0.5 });
    assert.equal(labelsOf(training).size, 700);
    assert.equal(validation.length, 3500);
  }
});

test('rows without a story are stories of their own', () => {
  const rows = Array.from({ length: 50 }, () => createHeadline({ story: '' }));
  assert.equal(splitByStory(rows).validation.length, 10);
});

test('nothing is held out where each row or story is the only one of its label', () => {
  const rows = Array.from({ length: 20 }, (_, row) =>
    createHeadline({ story: `s${row}`, category: `label ${row}` }),
  );
  assert.throws(() => splitRandomly(rows), userError('each of the 20 rows is the only one of its label'));
  assert.throws(
    () => splitByStory(rows),
    userError('about 4 of 20 rows', '20 label(s) have one story, which stays in training'),
  );
});
