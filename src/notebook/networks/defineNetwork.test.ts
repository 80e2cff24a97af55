// Networks in cells. The functions here are compiled as the kernel compiles a cell, except for names of other cells.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadNetwork } from '../../container/networkCode';
import type { NetworkFunction } from '../../model/training/networkFunction';
import { userError } from '../../testing/folders';
import { runCells } from '../../testing/kernel';
import { defineNetwork } from './defineNetwork';

/** Returns a function with a text, as if a cell had it. */
function fromText(text: string): NetworkFunction {
  return { toString: () => text } as NetworkFunction;
}

test('defineNetwork() takes a function, with the types of its hyperparameters', async () => {
  const network = await defineNetwork(
    ({ tf, embedding, labels, hyperparameters }) => {
      const units: number = hyperparameters.units;
      const word: string = hyperparameters.activation;
      return tf.sequential({
        layers: [
          embedding(),
          tf.layers.globalMaxPooling1d({}),
          tf.layers.dense({ units, activation: word as 'relu' }),
          tf.layers.dense({ units: labels.length, activation: 'softmax' }),
        ],
      });
    },
    { hyperparameters: { units: 16, activation: 'relu' } },
  );
  assert.equal(network.name, 'a cell');
  assert.deepEqual(network.hyperparameters, { units: 16, activation: 'relu' });
  assert.match(network.source, /^\(\{ tf, embedding/);
  assert.deepEqual(loadNetwork(network.code).hyperparameters, network.hyperparameters);
});

const layers = (middle: string) =>
  `tf.sequential({ layers: [parts.embedding(), ${middle}\n tf.layers.dense({ units: 4, activation: 'softmax' })] })`;

for (const [what, text] of [
  ['TensorFlow.js of another cell', `(parts) => exports.${layers('exports.tf.layers.flatten(),')}`],
  ['TensorFlow.js of its own cell', `function make(parts) { return ${layers('tf.layers.flatten(),')}; }`],
  [
    'texts and comments as it likes',
    `(parts) => { console.log('exports.width', \`exports.height\`); /* exports.depth */ return parts.${layers('parts.tf.layers.flatten(),')}; }`,
  ],
  ['parts of it', `(parts) => tfjs_node_1.${layers('tfjs_1.layers.flatten(),').replace('tf.', '')}`],
] as const) {
  test(`defineNetwork() lets a function use ${what}`, async () => {
    const text_ = text.replaceAll(' tf.layers.dense', ' parts.tf.layers.dense');
    const network = await defineNetwork(fromText(text_));
    assert.deepEqual(network.hyperparameters, {});
  });
}

for (const [what, text, ...parts] of [
  [
    'a name of another cell',
    '({ tf }) => tf.layers.dense({ units: exports.width })',
    'The network uses width, which exists in the notebook but not in the training job: write its value into the function, or make it a hyperparameter.',
  ],
  [
    'a name of its own cell',
    '({ tf }) =>\n  tf.layers.dense({ units: width })',
    'The network uses width, which exists in the notebook',
  ],
  ['functions of the workshop', '() => exports.workshop.tokenise("a")', 'The network uses workshop, which'],
  [
    'an unknown property',
    '(parts) =>\n  parts.layers.dense({})',
    'Your network (at “parts.layers.dense({})”): Cannot read properties of undefined',
  ],
  [
    'negative units',
    '({ tf }) =>\n  tf.layers.dense({\n    units: -3 })',
    'Your network (at “tf.layers.dense({”): Expected units to be a positive integer, but got -3.',
  ],
  [
    'a wrong rank',
    `(parts) =>\n  ${layers('parts.tf.layers.flatten(), parts.tf.layers.flatten(),')}`,
    'Your network (at “tf.sequential({ layers: [parts.embedding()',
    'expected min_ndim=3, found ndim=2.',
  ],
  [
    'a wrong output',
    `(parts) => ${layers('').replace('units: 4', 'units: 7')}`,
    'Your network gives [null,100,7]; expected [null, 4]',
  ],
  [
    'sigmoid at the end',
    `(parts) => ${layers('tf.layers.flatten(),').replace('softmax', 'sigmoid')}`,
    'ends in sigmoid',
  ],
  ['a method', 'make() { return 3; }', 'The network’s source text cannot be read'],
  ['a bound function', 'function () { [native code] }', 'The network’s source text cannot be read'],
  ['a class', 'class Network {}', "Class constructor Network cannot be invoked without 'new'."],
  [
    'a loop without end',
    '() => { for (;;); }',
    'Your network (a cell) did not train on a few invented rows within 10 seconds.',
  ],
] as const) {
  test(`defineNetwork() tells what is wrong with ${what}`, async () => {
    await assert.rejects(defineNetwork(fromText(text)), userError(...parts));
  });
}

test('defineNetwork() rejects a hyperparameter without a usable name or default', async () => {
  const hyperparameters = { 'two words': 1, none: Number.NaN };
  await assert.rejects(
    defineNetwork(fromText('() => 3'), { hyperparameters }),
    userError('two words is not a valid name', 'none is NaN; expected a number or a word'),
  );
});

const cell = (body: string) => `await workshop
  .defineNetwork(
    ({ embedding, labels, hyperparameters }) => {
      ${body}
      return tf.sequential({
        layers: [
          embedding(),
          tf.layers.flatten(),
          tf.layers.dense({ units: hyperparameters.units }),
          tf.layers.dense({ units: labels.length, activation: 'softmax' }),
        ],
      });
    },
    { hyperparameters: { units: 16 } },
  )
  .then(({ summary }) => summary(), ({ message }) => console.log(message));`;

test('a cell defines a network, with TensorFlow.js from the cell that imports it, and sees its types', {
  timeout: 120_000,
}, async () => {
  const results = await runCells([
    `import * as tf from '@tensorflow/tfjs-node';\nimport * as workshop from '../dist/index';\nconst width = 3;\nconsole.log(process.env.TF_CPP_MIN_LOG_LEVEL);`,
    cell(''),
    cell('tf.layers.dense({ units: width });'),
    cell('tf.layers.dense({ units: -3 });'),
    cell('hyperparameters.unitz;'),
  ]);
  const [first, whole, foreign, negative, wrongType] = results.map(({ stdout, stderr }) => stdout + stderr);
  assert.equal(first, '3\n');
  assert.match(whole ?? '', /dense_Dense1 \(Dense\) .*\[null,16\]/);
  assert.match(foreign ?? '', /^The network uses width, which exists in the notebook/m);
  assert.match(negative ?? '', /^Your network \(at “tf.layers.dense\(\{ units: -3 \}\);”\): Expected units/m);
  assert.match(wrongType ?? '', /Property 'unitz' does not exist on type '\{ units: number; \}'/);
});
