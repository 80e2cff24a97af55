import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import type { Prediction } from '../training/classifier';
import { calibrate } from './calibration';

function answer(result: string, probability: number): Prediction {
  return { result, probabilities: { [result]: probability, other: 1 - probability } };
}

test('calibrate() gives Guo’s expected calibration error, worked out by hand', () => {
  const predictions = [answer('x', 0.95), answer('x', 0.91), answer('x', 0.6), answer('x', 0.55)];
  const { expectedError, bins } = calibrate(['x', 'y', 'x', 'x'], predictions);
  // Bin 0.9–1: two answers, 0.93 said, 0.5 right. Bin 0.5–0.6, whose upper end belongs to it: 0.575 said, 1 right.
  assertClose(expectedError, (2 * 0.43 + 2 * 0.425) / 4, 1e-12);
  const used = bins.filter(({ rows }) => rows > 0);
  assert.deepEqual(
    used.map(({ from, to, rows, accuracy }) => [from, to, rows, accuracy]),
    [
      [0.5, 0.6, 2, 1],
      [0.9, 1, 2, 0.5],
    ],
  );
});

test('answers that are right as often as they say have hardly an error, and surer ones the difference', () => {
  const random = seededRandom(8);
  const said = Array.from({ length: 20_000 }, () => 0.5 + random.fraction() / 2);
  const truth = said.map((probability) => (random.fraction() < probability ? 'x' : 'y'));
  const honest = calibrate(
    truth,
    said.map((probability) => answer('x', probability)),
  );
  assert.ok(honest.expectedError < 0.015, `${honest.expectedError}`);
  const sure = calibrate(
    truth,
    said.map(() => answer('x', 1)),
  );
  assertClose(sure.expectedError, 1 - truth.filter((label) => label === 'x').length / truth.length, 1e-12);
});

test('with other bins the same answers lie elsewhere', () => {
  const predictions = [answer('x', 0.95), answer('x', 0.91), answer('x', 0.6), answer('x', 0.55)];
  const { expectedError, bins } = calibrate(['x', 'y', 'x', 'x'], predictions, 2);
  assert.equal(bins.length, 2);
  // All in the upper half: 0.7525 said, 0.75 right.
  assertClose(expectedError, 0.0025, 1e-12);
});
