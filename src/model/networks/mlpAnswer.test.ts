import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mlp } from '../../testing/fixtures/keras.json';
import { assertClose, padLayers } from '../../testing/folders';
import { answer, drawExamples, drawWeights, fixtureShape, flat } from '../../testing/networks';
import { mlpNetwork } from './mlp';
import { answerMlp } from './mlpAnswer';
import type { ModelShape } from './network';

test('answerMlp() answers as Keras does with the same weights', () => {
  const weights = [mlp.embedding, ...padLayers(mlp.weights)].map((values) => flat(values));
  const answers = answerMlp(fixtureShape, weights)(Int32Array.from(mlp.inputs.flat()));
  assertClose(answers, mlp.outputs.flat(), 1e-6);
});

for (const vectors of ['pretrained', 'trained'] as const) {
  test(`answerMlp() answers as TensorFlow does, to 1e-5: vectors ${vectors}`, () => {
    const shape: ModelShape = { vectors, vocabularySize: 300, dimensions: 50, maxLength: 100, labelCount: 7 };
    const weights = drawWeights(mlpNetwork, shape);
    const examples = drawExamples(shape, 40);
    const answers = answerMlp(shape, weights)(examples.tokens);
    assertClose(answers, answer(mlpNetwork, shape, weights, examples), 1e-5);
    assert.ok(new Set(answers.map((value) => Math.round(value * 1e4))).size > 50);
  });
}
