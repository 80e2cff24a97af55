import { test } from 'node:test';
import { mlp } from '../../testing/fixtures/keras.json';
import { assertClose, padLayers } from '../../testing/folders';
import { testLikeKeras } from '../../testing/likeKeras';
import { fixtureShape, flat, make, openTrainer, setWeights, toExamples } from '../../testing/networks';
import { mlpNetwork } from './mlp';

const network = { make: mlpNetwork, hyperparameters: {} };
const weights = ({ weights_after: layers } = { weights_after: mlp.weights }) => [
  mlp.embedding,
  ...padLayers(layers),
];

testLikeKeras('mlp', mlp, { network, weights, tolerances: [1e-6, 2e-6, 1e-6] });

test('the mlp measures as Keras does', async () => {
  const made = make(network, fixtureShape);
  setWeights(
    made,
    weights().map((values) => flat(values)),
  );
  const trainer = openTrainer(made);
  const { loss, right } = await trainer.measure(toExamples(mlp.inputs, mlp.labels), [...mlp.labels.keys()]);
  trainer.end();
  assertClose([loss / 8, right / 8], [mlp.loss, mlp.accuracy], 1e-6);
});
