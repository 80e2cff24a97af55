import assert from 'node:assert/strict';
import { test } from 'node:test';
import { courseOf, isBehind, isBelowMedian } from './stopEarly';

test('courseOf() follows the objective, larger being better, and leaves out what was not measured', () => {
  const metrics = [
    { epoch: 1, loss: 0.9, accuracy: 0.5, validation_accuracy: 0.4 },
    { epoch: 2, loss: 0.5, accuracy: 0.8 },
  ];
  assert.deepEqual(courseOf(metrics, 'validation_accuracy'), [0.4]);
  assert.deepEqual(courseOf(metrics, 'loss'), [-0.9, -0.5]);
});

test('courseOf() counts what is not finite as the worst, and survives being kept as JSON', () => {
  const diverged = [Number.NaN, Number.POSITIVE_INFINITY, 0.1].map((loss, at) => ({
    epoch: at + 1,
    loss,
    accuracy: loss,
  }));
  for (const objective of ['loss', 'accuracy'] as const) {
    const course: number[] = JSON.parse(JSON.stringify(courseOf(diverged, objective)));
    assert.deepEqual(course.slice(0, 2), [-Number.MAX_VALUE, -Number.MAX_VALUE]);
    const others = [[-2], [-3], [-4]];
    assert.equal(isBelowMedian(course.slice(0, 1), others), true);
    assert.equal(isBelowMedian([-3.5], [...others.slice(0, 2), course]), true);
    assert.equal(isBelowMedian([-3], [...others.slice(1), course]), false);
    assert.equal(isBehind(course.slice(0, 1), others), true);
  }
});

test('the median rule stops what was never as good as others were on average', () => {
  const others = [
    [0.5, 0.7, 0.9],
    [0.6, 0.6, 0.6],
    [0.2, 0.2, 0.2],
  ];
  // Averages after two epochs: 0.6, 0.6 and 0.2.
  assert.equal(isBelowMedian([0.5, 0.59], others), true);
  assert.equal(isBelowMedian([0.5, 0.6], others), false);
  assert.equal(isBelowMedian([0.7, 0.1], others), false, 'its best counts');
  assert.equal(isBelowMedian([0.1], others.slice(1)), false, 'two others are no ground');
  assert.equal(isBelowMedian([0.1, 0.1], [[0.9], [0.9], ...others.slice(1)]), false, 'two have come as far');
  assert.equal(isBelowMedian([], others), false);
});

test('the median of an even number of others lies between the two in the middle', () => {
  const others = [[0.2], [0.4], [0.6], [0.8]];
  assert.equal(isBelowMedian([0.49], others), true);
  assert.equal(isBelowMedian([0.5], others), false);
});

test('hyperband continues the best third of the trials at a rung, and ignores others', () => {
  const others = [[0.1], [0.2], [0.3], [0.4], [0.5]];
  assert.equal(isBehind([0.45], others), false, 'second of six');
  assert.equal(isBehind([0.35], others), true, 'third of six');
  assert.equal(isBehind([0.45, 0.01], others), false, 'after two epochs there is no rung');
  assert.equal(isBehind([0.35, 0.99], others), true, 'the rung that it has passed still counts');
  assert.equal(isBehind([0.9, 0.9, 0.5], [...others, [0.1, 0.2, 0.6], [0.1, 0.2, 0.7]]), true, 'at rung 3');
  assert.equal(isBehind([0.1], others.slice(3, 4)), false, 'one other is no ground');
  assert.equal(isBehind([], others), false);
});
