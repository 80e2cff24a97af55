import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mlp } from './fixtures/keras.json';
import { mlpNetwork } from './mlp';
import { answerMlp } from './mlpAnswer';
import { allWeights, buildModel, type ModelShape, writeLayers } from './network';
import { seededRandom } from './random';
import { type Tensor2D, tensorflow } from './tensorflow';
import { sizeOf } from './tensors';
import { assertClose, padLayers } from './testing';

const tf = tensorflow();

test('answerMlp() answers as Keras does with the same weights', () => {
  const shape = {
    vectors: 'pretrained',
    vocabularySize: 12,
    dimensions: 4,
    maxLength: 5,
    labelCount: 3,
  } as const;
  const weights = padLayers(mlp.weights).map((values) => Float32Array.from(values.flat()));
  const answer = answerMlp(shape, Float32Array.from(mlp.embedding.flat()), weights);
  assertClose(answer(Int32Array.from(mlp.inputs.flat())), mlp.outputs.flat(), 1e-6);
});

for (const padding of ['zero', 'as any other token'] as const) {
  test(`answerMlp() answers as TensorFlow does, padding’s vector ${padding}`, () => {
    const shape: ModelShape = {
      vectors: 'trained',
      vocabularySize: 300,
      dimensions: 50,
      maxLength: 100,
      labelCount: 7,
    };
    const random = seededRandom(4);
    const weights = allWeights(mlpNetwork, shape).map(({ shape }) =>
      Float32Array.from({ length: sizeOf(shape) }, () => (random.fraction() - 0.5) / 2),
    );
    const [embedding, ...layers] = weights as [Float32Array, ...Float32Array[]];
    if (padding === 'zero') embedding.fill(0, 0, 50);
    const tokens = new Int32Array(40 * 100);
    for (let row = 0; row < 40; row++) {
      // From no word to as many as there is room for; what is known stands at the end.
      for (let word = 0; word < (row * 100) / 39; word++) tokens[row * 100 + 99 - word] = random.integer(300);
    }
    const model = buildModel(mlpNetwork, shape);
    writeLayers(model, weights);
    const expected = (model.predictOnBatch(tf.tensor2d(tokens, [40, 100], 'int32')) as Tensor2D).dataSync();
    const answers = answerMlp(shape, embedding, layers)(tokens);
    assertClose(answers, expected as Float32Array, 1e-5);
    assert.ok(new Set(answers.map((value) => Math.round(value * 1e4))).size > 100);
  });
}
