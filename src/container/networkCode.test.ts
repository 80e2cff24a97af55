import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { transformSync } from 'esbuild';
import { tensorflow } from '../model/networks/tensorflow';
import { temporaryFolder, userError } from '../testing/folders';
import { fixtureShape, make } from '../testing/networks';
import { loadNetwork, readNetworkCode } from './networkCode';

/** Compiles TypeScript to a module as `readNetwork()` does. */
function compile(source: string, sourcefile = 'my_network.ts'): string {
  return transformSync(source, { loader: 'ts', format: 'cjs', sourcemap: 'inline', sourcefile }).code;
}

const whole = compile(`
export const hyperparameters = { units: 3, activation: 'relu' };
export default ({ tf, embedding, labels, hyperparameters }: any) =>
  tf.sequential({ layers: [
    embedding(),
    tf.layers.flatten(),
    tf.layers.dense({ ...hyperparameters }),
    tf.layers.dense({ units: labels.length, activation: 'softmax' }),
  ] });
`);

test('loadNetwork() returns the function and the defaults of its own hyperparameters', () => {
  const network = loadNetwork(whole);
  assert.deepEqual(network.hyperparameters, { units: 3, activation: 'relu' });
  const { model } = make(network, fixtureShape);
  assert.deepEqual(model.outputs[0]?.shape, [null, 3]);
  model.dispose();
});

test('loadNetwork() takes a CommonJS module that is the function', () => {
  const { make, hyperparameters } = loadNetwork('module.exports = () => "made";');
  assert.equal(make({} as never), 'made');
  assert.deepEqual(hyperparameters, {});
});

test('loadNetwork() returns the padding that a network exports, a whole number', () => {
  assert.equal(loadNetwork('exports.default = () => 1; exports.padding = 5;').padding, 5);
  for (const wrong of ['-1', '1.5', '"5"']) {
    const code = `exports.default = () => 1; exports.padding = ${wrong};`;
    assert.throws(
      () => loadNetwork(code),
      userError('Your network’s padding is', 'expected a whole number from 0'),
    );
  }
});

test('loadNetwork() gives a module TensorFlow.js under each of its names, and the modules of Node', () => {
  for (const name of ['tfjs', 'tfjs-node', 'tfjs-core', 'tfjs-layers']) {
    const { make } = loadNetwork(`exports.default = () => require('@tensorflow/${name}');`);
    assert.equal(make({} as never), tensorflow() as never);
  }
  const { make } = loadNetwork(`exports.default = () => require('node:path').sep + require('path').sep;`);
  assert.equal(make({} as never), '//');
});

const definition = 'exports.default = () => 1;';
for (const [what, code, ...parts] of [
  ['another package', `require('danfojs-node')`, 'The training job cannot load danfojs-node', 'at “require('],
  ['a file', `require('./helper')`, 'The training job cannot load ./helper'],
  ['a syntax error', 'const a = 1;\nconst = 2;', 'Your network (at “const = 2;”): Unexpected token'],
  [
    'an error of its own',
    `${definition}\nnull.name`,
    'Your network (at “null.name”): Cannot read properties',
  ],
  ['something else thrown', `throw { code: 3 }`, 'Your network: { code: 3 } was thrown.'],
  ['no export', 'const a = 1', 'Your network exports nothing, but no default; expected a function'],
  [
    'other exports',
    'exports.network = 1; exports.a = 1',
    'exports network, a, but no default; expected a function',
  ],
  ['a default that is a number', 'exports.default = 4', 'default export is 4; expected a function'],
  [
    'a whole module as default',
    'module.exports = { default: { layers: [] } }',
    'export is { layers: [] }; expected',
  ],
  ['hyperparameters in a list', `${definition}exports.hyperparameters = [1]`, 'are not an object of names'],
  [
    'one with two problems',
    `${definition}exports.hyperparameters = { a: NaN, 'b-c': 1 }`,
    'a is NaN; expected a number or a word. b-c is not a valid name',
  ],
  [
    'one of the table',
    `${definition}exports.hyperparameters = { epochs: 1 }`,
    'epochs is a hyperparameter of every training job',
  ],
  [
    'one of SageMaker',
    `${definition}exports.hyperparameters = { sagemaker_x: 1 }`,
    'sagemaker_x is not a valid name',
  ],
  [
    'one that is neither',
    `${definition}exports.hyperparameters = { a: [1], b: true, c: null }`,
    'a is [1]; expected a number or a word. b is true; expected a number or a word. c is null; expected',
  ],
] as const) {
  test(`loadNetwork() rejects a module with ${what}`, () => {
    assert.throws(() => loadNetwork(code), userError(...parts));
  });
}

for (const [what, body, ...parts] of [
  [
    'a negative number of units',
    'return tf.layers.dense({ units: -3 });',
    'line 4): Expected units to be a positive integer, but got -3.',
  ],
  [
    'a wrong rank',
    'return tf.sequential({ layers: [embedding(), tf.layers.dense({ units: 2 }), tf.layers.globalMaxPooling1d(), tf.layers.globalMaxPooling1d()] });',
    'line 4): Input 0 is incompatible with layer global_max_pooling1d',
    'expected ndim=3, found ndim=2.',
  ],
  ['a free variable', 'return tf.layers.dense({ units: notThere });', 'line 4): notThere is not defined.'],
  [
    'a failed kernel',
    'return tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3]));',
    // Some processors' kernels append more to it.
    'line 4): Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]',
  ],
  [
    'an unknown regularizer',
    `return tf.layers.dense({ units: 1, kernelRegularizer: 'l2' });`,
    'line 4): Unknown regularizer: l2.',
  ],
  [
    'an async function',
    'return Promise.reject(new Error("no"));',
    'Your network is async, but must return the model, not a promise: remove async and await.',
  ],
] as const) {
  test(`loadNetwork() tells file and line of ${what}`, () => {
    const code = compile(
      `interface Removed {}\n\nexport default ({ tf, embedding }: any) => {\n  ${body}\n};`,
    );
    const { make: makeIt } = loadNetwork(code);
    assert.throws(() => make({ make: makeIt, hyperparameters: {} }, fixtureShape), userError(...parts));
  });
}

test('loadNetwork() names the file of the user that is nearest to the fault', () => {
  const code = compile('export default () => null.layers;', '../shared/helper.ts');
  assert.throws(
    () => loadNetwork(code).make({} as never),
    userError('Your network (../shared/helper.ts, line 1): '),
  );
});

test('readNetworkCode() reads the module and the source, and needs the module', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(readNetworkCode(folder), userError('The channel code has no network.js.'));
  await writeFile(join(folder, 'network.js'), 'exports.default = 1');
  assert.deepEqual(await readNetworkCode(folder), { code: 'exports.default = 1' });
  await writeFile(join(folder, 'source.ts'), 'export default 1');
  assert.equal((await readNetworkCode(folder)).source, 'export default 1');
});
