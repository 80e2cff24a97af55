import { test } from 'node:test';
import { mlp } from '../../testing/fixtures/keras.json';
import { assertClose, type DenseWeights, padLayers } from '../../testing/folders';
import {
  answer,
  fixtureShape,
  flat,
  getWeights,
  make,
  openTrainer,
  setWeights,
  toExamples,
} from '../../testing/networks';
import { mlpNetwork } from './mlp';

const examples = toExamples(mlp.inputs, mlp.labels);

function withLayers(layers: readonly DenseWeights[]): Float32Array[] {
  return [mlp.embedding, ...padLayers(layers)].map((values) => flat(values));
}

function makeFixture() {
  const made = make({ make: mlpNetwork, hyperparameters: {} }, fixtureShape);
  setWeights(made, withLayers(mlp.weights));
  return made;
}

test('the mlp answers as Keras does with the same weights', () => {
  assertClose(answer(makeFixture(), examples), mlp.outputs.flat(), 1e-6);
});

test('the mlp takes the same training steps as Keras', async () => {
  const made = makeFixture();
  const trainer = openTrainer(made);
  const all = await trainer.measure(examples, [...mlp.labels.keys()]);
  assertClose([all.loss / 8, all.right / 8], [mlp.loss, mlp.accuracy], 1e-6);
  for (const { rows, loss, accuracy, weights_after } of mlp.steps) {
    const measured = trainer.step(examples, rows);
    assertClose([measured.loss / rows.length, measured.right / rows.length], [loss, accuracy], 1e-6);
    getWeights(made).forEach((values, index) => {
      assertClose(values, withLayers(weights_after)[index] as Float32Array, 2e-6);
    });
  }
  trainer.end();
  assertClose(answer(made, examples), mlp.outputs_after.flat(), 1e-6);
});
