import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explanationHtml, predictionsHtml } from '../../notebook/showWords';
import { assertClose } from '../../testing/folders';
import { explain } from './explain';

const weights: Readonly<Record<string, number>> = { good: 2, bad: -1.5, fine: 0.5 };

/** A model whose log-odds are the sum of its words' weights, so that what a word does is known. */
const additive = {
  asked: [] as string[],
  predict(titles: readonly string[]) {
    additive.asked.push(...titles);
    return titles.map((title) => {
      const words = title.toLowerCase().match(/[a-z]+/g) ?? [];
      const logOdds = words.reduce((sum, word) => sum + (weights[word] ?? 0), 0);
      const yes = 1 / (1 + Math.exp(-logOdds));
      return { result: yes >= 0.5 ? 'yes' : 'no', probabilities: { yes, no: 1 - yes } };
    });
  },
};

test('explain() finds the weights of an additive model', async () => {
  const { label, parts, probability } = await explain(additive, 'Good, bad — fine day');
  assert.equal(label, 'yes');
  assertClose(probability, 1 / (1 + Math.exp(-1)), 1e-9);
  const words = parts.filter(({ text }) => /\w/.test(text));
  assert.deepEqual(
    words.map(({ text }) => text),
    ['Good', 'bad', 'fine', 'day'],
  );
  assertClose(
    words.map(({ contribution }) => contribution),
    [2, -1.5, 0.5, 0],
    1e-9,
  );
  assert.equal(parts.map(({ text }) => text).join(''), 'Good, bad — fine day');
});

test('explain() explains a label that was not predicted, with the signs turned', async () => {
  const { parts } = await explain(additive, 'good', 'no');
  assertClose(parts[0]?.contribution as number, -2, 1e-9);
});

test('explain() parts words in scripts without spaces, and takes a title without words', async () => {
  const { parts } = await explain(additive, '今日は');
  assert.ok(parts.length > 1);
  assert.equal((await explain(additive, '!')).parts.length, 1);
  assert.deepEqual((await explain(additive, '')).parts, []);
});

test('explain() asks once, about the title and about it without each word', async () => {
  additive.asked = [];
  await explain(additive, 'good day');
  assert.deepEqual(additive.asked, ['good day', ' day', 'good ']);
});

test('explanationHtml() colours words, strongest fullest, and shows markup as text', async () => {
  const html = explanationHtml(await explain(additive, 'good <b> bad day'));
  assert.match(html, /background: rgba\(60, 156, 216, 0\.4\)[^>]*>good</);
  assert.match(html, /background: rgba\(199, 74, 0, 0\.3\)[^>]*>bad</);
  assert.match(html, /&lt;/);
  assert.match(html, / day<\/div>/);
});

test('predictionsHtml() marks right and wrong answers, and draws a bar for each label', () => {
  const html = predictionsHtml(['<one>', 'two'], additive.predict(['good', 'bad']), ['yes', 'yes']);
  assert.match(html, /✓.*&lt;one>.*✗.*two/s);
  assert.match(html, /linear-gradient\(to right, rgba\(0, 90, 156, 0\.55\) 88%/);
  assert.doesNotMatch(predictionsHtml(['one'], additive.predict(['good'])), /✓|expected/);
});
