import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose, userError } from '../../testing/folders';
import { fixtureShape, getWeights, make, openTrainer, toExamples } from '../../testing/networks';
import type { LoadedNetwork, NetworkFunction } from '../training/networkFunction';
import { weightsOf } from './layersModel';
import { tensorflow } from './tensorflow';

const tf = tensorflow();
const network = (make: NetworkFunction): LoadedNetwork => ({ make, hyperparameters: {} });
type Layer = import('@tensorflow/tfjs-node').layers.Layer;
/** A network of word vectors, these layers, and a dense layer with these settings that ends in softmax. */
const between =
  (layers: () => Layer[], settings = {}): NetworkFunction =>
  ({ embedding, labels }) =>
    tf.sequential({
      layers: [
        embedding(),
        ...layers(),
        tf.layers.dense({ units: labels.length, activation: 'softmax', ...settings }),
      ],
    });
const averaged = between(() => [tf.layers.globalAveragePooling1d({})]);

const refused: [what: string, make: NetworkFunction, ...parts: string[]][] = [
  ['something other than a model', () => ({}) as never, 'not a model', 'tf.sequential'],
  [
    'a compiled model',
    (parts) => {
      const model = averaged(parts);
      model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
      return model;
    },
    'compiled',
    'remove compile()',
    'hyperparameters',
  ],
  [
    'another number of outputs',
    ({ embedding }) =>
      tf.sequential({
        layers: [embedding(), tf.layers.flatten(), tf.layers.dense({ units: 7, activation: 'softmax' })],
      }),
    '[null,7]',
    'expected [null, 3], a number for each label',
  ],
  [
    'an output for each position',
    ({ embedding, labels }) =>
      tf.sequential({ layers: [embedding(), tf.layers.dense({ units: labels.length })] }),
    '[null,5,3]',
    'expected [null, 3]',
  ],
  [
    'an input that is not tokens',
    ({ labels }) =>
      tf.sequential({
        layers: [tf.layers.dense({ units: labels.length, inputShape: [9], activation: 'softmax' })],
      }),
    'takes [null,9]',
    'one input [null, 5]',
    'embedding()',
  ],
  ...(['sigmoid', 'relu'] as const).map((activation): (typeof refused)[number] => [
    `${activation} at its end`,
    ({ embedding, labels }) =>
      tf.sequential({
        layers: [embedding(), tf.layers.flatten(), tf.layers.dense({ units: labels.length, activation })],
      }),
    `ends in ${activation}`,
    'expected softmax, or linear for logits',
  ]),
  [
    'an average of distributions at its end',
    ({ embedding, labels }) => {
      const tokens = tf.input({ shape: [null], dtype: 'int32' });
      const pooled = tf.layers.globalMaxPooling1d({}).apply(embedding().apply(tokens));
      const branch = () =>
        tf.layers
          .dense({ units: labels.length, activation: 'softmax' })
          .apply(pooled) as import('@tensorflow/tfjs-node').SymbolicTensor;
      const outputs = tf.layers.average().apply([branch(), branch()]);
      return tf.model({ inputs: tokens, outputs: outputs as never });
    },
    'ends in no activation that is known',
    'expected softmax',
  ],
];

for (const [what, making, ...parts] of refused) {
  test(`makeModel() rejects ${what}`, () => {
    assert.throws(() => make(network(making), fixtureShape), userError(...parts));
  });
}

test('makeModel() rejects a network whose answers depend on more padding than it declares', () => {
  const declaring = (make: NetworkFunction, padding: number) => ({ ...network(make), padding });
  const largest = between(() => [tf.layers.globalMaxPooling1d({})]);
  assert.throws(
    () => make(declaring(averaged, 1), fixtureShape),
    userError('padding is 1', 'change with the padding beyond it', 'Remove `padding`'),
  );
  assert.throws(() => make(declaring(largest, 0), fixtureShape), userError('padding is 0'));
  make(declaring(largest, 1), fixtureShape);
  // At the start its answers depend on nothing.
  const hidden = between(() => [tf.layers.globalAveragePooling1d({})], { kernelInitializer: 'zeros' });
  assert.throws(() => make(declaring(hidden, 1), fixtureShape), userError('padding is 1'));
  // Two windows of width 3, one on the other, see five positions.
  const windows = between(() => [
    tf.layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same' }),
    tf.layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same' }),
    tf.layers.globalMaxPooling1d({}),
  ]);
  const shape = { ...fixtureShape, maxLength: 12 };
  assert.throws(() => make(declaring(windows, 1), shape), userError('padding is 1'));
});

test('makeModel() rejects word vectors that do not read the tokens as they come', () => {
  const nested: NetworkFunction = ({ embedding, labels }) =>
    tf.sequential({
      layers: [
        tf.sequential({ layers: [embedding(), tf.layers.globalMaxPooling1d({})] }),
        tf.layers.dense({ units: labels.length, activation: 'softmax' }),
      ],
    });
  const turned: NetworkFunction = ({ embedding, labels, maxLength }) =>
    tf.sequential({
      layers: [
        tf.layers.reshape({ targetShape: [maxLength], inputShape: [maxLength] }),
        embedding(),
        tf.layers.globalMaxPooling1d({}),
        tf.layers.dense({ units: labels.length, activation: 'softmax' }),
      ],
    });
  for (const making of [nested, turned]) {
    assert.throws(() => make(network(making), fixtureShape), userError('does not read the input itself'));
  }
});

test('makeModel() makes the same starting weights from the same seed, and leaves Math.random as it was', () => {
  const { random } = Math;
  const made = [1, 1, 2].map((seed) => getWeights(make(network(averaged), fixtureShape, seed)));
  assert.deepEqual(made[0], made[1]);
  assert.notDeepEqual(made[0]?.[1], made[2]?.[1]);
  assert.equal(Math.random, random);
});

test('weights are named by layer and weight, in an order that does not depend on what is trained', () => {
  const named = (trainable: boolean) => {
    const { model } = make(
      network(({ embedding, labels }) =>
        tf.sequential({
          layers: [
            embedding({ trainable }),
            tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 2 }) as never, name: 'both' }),
            tf.layers.batchNormalization({ name: 'norm' }),
            tf.layers.dense({ units: labels.length, activation: 'softmax', name: 'output' }),
          ],
        }),
      ),
      fixtureShape,
    );
    return weightsOf(model).map(({ name }) => name);
  };
  assert.deepEqual(named(true), named(false));
  assert.equal(named(true)[0], 'embedding/embeddings');
  assert.deepEqual(named(true).slice(-6), [
    'norm/gamma',
    'norm/beta',
    'norm/moving_mean',
    'norm/moving_variance',
    'output/kernel',
    'output/bias',
  ]);
  assert.equal(new Set(named(true)).size, named(true).length);
});

const examples = toExamples(
  [
    [0, 0, 1, 2, 3],
    [0, 4, 5, 6, 7],
    [1, 1, 2, 2, 3],
    [0, 0, 0, 0, 9],
  ],
  [0, 1, 2, 1],
);
const rows = [0, 1, 2, 3];

for (const end of ['softmax', 'linear', 'a softmax layer'] as const) {
  test(`training moves weights along the gradient of the cross-entropy: ${end} at the end`, async () => {
    const made = make(
      network(({ embedding, labels }) =>
        tf.sequential({
          layers: [
            embedding({ trainable: true }),
            tf.layers.globalAveragePooling1d({}),
            tf.layers.dense({ units: 4, activation: 'tanh' }),
            tf.layers.dense({ units: labels.length, ...(end === 'softmax' && { activation: end }) }),
            ...(end === 'a softmax layer' ? [tf.layers.softmax()] : []),
          ],
        }),
      ),
      fixtureShape,
    );
    const rate = 1e-3;
    const trainer = openTrainer(made, { optimizer: 'sgd', learningRate: rate });
    const before = trainer.weights();
    trainer.step(examples, rows);
    const gradients = trainer
      .weights()
      .map((values, index) => values.map((value, at) => ((before[index]?.[at] as number) - value) / rate));
    // Along the gradient itself, where the slope is its length: float32 leaves too little of a single weight's.
    const squares = gradients.flatMap((values) => [...values]).reduce((sum, value) => sum + value ** 2, 0);
    const length = Math.sqrt(squares);
    const lossAt = async (distance: number) => {
      const moved = before.map((values, index) =>
        values.map((value, at) => value + (distance * (gradients[index]?.[at] as number)) / length),
      );
      trainer.restore(moved);
      return (await trainer.measure(examples, rows)).loss / rows.length;
    };
    const slope = ((await lossAt(0.01)) - (await lossAt(-0.01))) / 0.02;
    assertClose([slope / length], [1], 0.02);
    trainer.end();
  });
}

test('a penalty on weights and a constraint have their effect', () => {
  const largest = (settings: object) => {
    const averaging = between(() => [tf.layers.globalAveragePooling1d({})], settings);
    const made = make(network(averaging), fixtureShape);
    const trainer = openTrainer(made, { learningRate: 0.05 });
    for (let step = 0; step < 40; step++) trainer.step(examples, rows);
    trainer.end();
    return Math.max(...(getWeights(made)[1] as Float32Array).map(Math.abs));
  };
  const free = largest({});
  assert.ok(largest({ kernelRegularizer: tf.regularizers.l2({ l2: 0.5 }) }) < free / 3);
  assert.ok(largest({ kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.1, axis: 0 }) }) <= 0.1001);
});

test('batch normalisation learns its means, and a checkpoint holds them', () => {
  const layers = () => [
    tf.layers.globalAveragePooling1d({}),
    tf.layers.batchNormalization({ momentum: 0.5 }),
  ];
  const made = make(network(between(layers)), fixtureShape);
  const trainer = openTrainer(made);
  const start = trainer.weights();
  trainer.step(examples, rows);
  const after = trainer.weights();
  assert.equal(after.length, 6);
  assert.notDeepEqual(after[2], start[2]);
  trainer.restore(start);
  assert.deepEqual(trainer.weights(), start);
  trainer.end();
});

test('a step leaves no tensor', () => {
  const trainer = openTrainer(make(network(averaged), { ...fixtureShape, vectors: 'trained' }));
  trainer.step(examples, rows);
  const before = tf.memory().numTensors;
  trainer.step(examples, rows);
  trainer.weights();
  assert.equal(tf.memory().numTensors, before);
  trainer.end();
});
