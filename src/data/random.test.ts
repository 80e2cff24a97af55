import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample, seededRandom, shuffled } from './random';

test('seededRandom() gives the same sequence for the same seed, and another for another', () => {
  const sequence = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, (_, draw) => (draw % 2 ? random.fraction() : random.integer(1000)));
  };
  for (const seed of [0, 1, 7, 2147483647]) {
    assert.deepEqual(sequence(seed), sequence(seed));
    assert.notDeepEqual(sequence(seed), sequence(seed + 1));
  }
});

test('seededRandom() keeps its sequences from version to version', () => {
  const random = seededRandom(1);
  assert.deepEqual(
    Array.from({ length: 5 }, () => random.integer(1000)),
    [646, 328, 81, 997, 890],
  );
});

test('fraction() fills [0, 1) evenly', () => {
  const random = seededRandom(3);
  const tenths = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 10_000; draw++) {
    const fraction = random.fraction();
    assert.ok(fraction >= 0 && fraction < 1);
    const tenth = Math.floor(fraction * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) assert.ok(Math.abs(count - 1000) < 150, `${count} of about 1000`);
});

test('integer() gives every whole number below its limit, about equally often, and no other', () => {
  const random = seededRandom(4);
  for (const below of [1, 2, 7]) {
    const counts = new Array<number>(below).fill(0);
    for (let draw = 0; draw < 1000 * below; draw++) {
      const drawn = random.integer(below);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    assert.equal(counts.length, below);
    for (const count of counts) assert.ok(Math.abs(count - 1000) < 150, `${count} of about 1000`);
  }
});

test('shuffled() gives a copy with the same items, of any iterable', () => {
  const random = seededRandom(5);
  for (let length = 0; length < 30; length++) {
    const items = Object.freeze(Array.from({ length }, (_, index) => index));
    assert.deepEqual(
      shuffled(items, random).sort((a, b) => a - b),
      items,
    );
    assert.equal(shuffled(new Set(items), random).length, length);
  }
});

test('shuffled() gives every order about equally often', () => {
  const random = seededRandom(6);
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const order = shuffled('abc', random).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const [order, count] of counts) assert.ok(Math.abs(count - 1000) < 150, `${order}: ${count} of 1000`);
});

test('sample() gives some of the items, each at most once, the same ones for the same seed', () => {
  const items = Object.freeze([...'abcdefghij']);
  for (let count = 0; count <= items.length; count++) {
    const some = sample(items, count);
    assert.equal(new Set(some).size, count);
    assert.ok(some.length === count && some.every((item) => items.includes(item)));
    assert.deepEqual(some, sample(items, count, 1));
  }
  assert.equal(sample(items, 11).length, 10);
  assert.notDeepEqual(sample(items, 5, 1), sample(items, 5, 2));
  assert.notDeepEqual(sample(items, 10), items);
});
