// Networks in files: read, and every mistake that a user meets. The folder of the notebook is a temporary one.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadNetwork } from '../../container/networkCode';
import { projectFolder } from '../../platform/paths';
import { atEnd, temporaryFolder, userError } from '../../testing/folders';
import { readNetwork } from './readNetwork';

const header = `
import type { NetworkParts } from '${join(projectFolder, 'dist', 'index')}';

`;

/** A network's file; the body's first line is line 5. */
const withBody = (body: string) =>
  `${header}export default ({ tf, embedding, labels, maxLength }: NetworkParts) => {\n${body}\n};\n`;

/** A network with some layers between its first and its last one; the layers' line is 7. */
const withLayers = (
  layers: string,
  last = "tf.layers.dense({ units: labels.length, activation: 'softmax' })",
) =>
  withBody(
    `  void maxLength;\n  return tf.sequential({ layers: [\n    embedding(), ${layers}\n    ${last},\n  ] });`,
  );

const flat = withLayers('tf.layers.flatten(),');

/** Writes files into a new folder, which becomes the working folder. */
async function enter(t: TestContext, files: Readonly<Record<string, string>>): Promise<void> {
  const folder = await temporaryFolder(t);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const before = process.cwd();
  process.chdir(folder);
  atEnd(t, () => process.chdir(before));
}

/** Returns what a function prints. */
function printed(t: TestContext, work: () => void): string {
  const log = t.mock.method(console, 'log', () => undefined);
  work();
  const lines = log.mock.calls.map(({ arguments: [text] }) => text);
  log.mock.restore();
  return lines.join('\n');
}

test('readNetwork() reads a file with its hyperparameters, and prints its layers at most 96 wide', async (t) => {
  const text = `${header}export const hyperparameters = { units: 32, pooling: 'max' };
    export default ({ tf, embedding, labels, hyperparameters: { units, pooling } }: NetworkParts<typeof hyperparameters>) =>
      tf.sequential({ layers: [
        embedding({ trainable: true }),
        pooling === 'max' ? tf.layers.globalMaxPooling1d({}) : tf.layers.globalAveragePooling1d({}),
        tf.layers.dense({ units: units * 2, activation: 'relu', name: 'a_layer_with_a_name_that_is_longer_than_its_column_is' }),
        tf.layers.dense({ units: labels.length, activation: 'softmax' }),
      ] });`;
  await enter(t, { 'my network.ts': text });
  const network = await readNetwork('my network.ts');
  assert.equal(network.name, 'my network.ts');
  assert.deepEqual(network.hyperparameters, { units: 32, pooling: 'max' });
  assert.equal(network.source, `// my network.ts\n${text}`);
  const lines = printed(t, () => network.summary()).split('\n');
  assert.ok(
    lines.some((line) => /\[null,64\] +6464/.test(line)),
    lines.join('\n'),
  );
  assert.ok(lines.every((line) => line.length <= 96));
  assert.deepEqual(loadNetwork(network.code).hyperparameters, network.hyperparameters);
});

test('readNetwork() brings helper files, JSON and packages in JavaScript, and gives the same code for the same files', async (t) => {
  await enter(t, {
    'networks/mine.ts': `import { units } from '../helper';\nimport half from 'halves';\nimport { name } from './names.json';\n${withLayers('tf.layers.flatten(), tf.layers.dense({ units: half(units), name }),')}`,
    'helper.ts': 'export const units: number = 14;\n',
    'networks/names.json': '{ "name": "middle" }',
    'node_modules/halves/package.json': '{ "name": "halves", "main": "index.js" }',
    'node_modules/halves/index.js': 'module.exports = (number) => number / 2;',
  });
  const network = await readNetwork('./networks/mine');
  const summary = printed(t, () => network.summary());
  assert.match(summary, /middle \(Dense\).*\[null,7\]/);
  assert.match(
    network.source,
    /^\/\/ networks\/mine\.ts\n.*\/\/ helper\.ts\nexport const units: number = 14;\n/s,
  );
  assert.equal((await readNetwork('networks/mine.ts')).code, network.code);
});

test('readNetwork() reads a changed file anew', async (t) => {
  await enter(t, { 'mine.js': 'exports.hyperparameters = { units: 1 }; exports.default = 3;' });
  await assert.rejects(readNetwork('./mine.js'), userError('default export is 3'));
  await writeFile('mine.js', flat.replace(/import.*\n/, '').replace(': NetworkParts', ''));
  assert.deepEqual((await readNetwork('./mine.js')).hyperparameters, {});
});

test('readNetwork() prints what the network prints', async (t) => {
  await enter(t, { 'mine.ts': flat.replace('void maxLength;', 'console.log("length", maxLength);') });
  const log = t.mock.method(console, 'log', () => undefined);
  await readNetwork('./mine.ts');
  assert.deepEqual(
    log.mock.calls.map(({ arguments: [text] }) => text),
    ['length 100'],
  );
});

const className = `class Twice extends tf.layers.Layer {
    static className = 'Twice';
    call(inputs: any) { return tf.mul([inputs].flat()[0], 2); }
    computeOutputShape(shape: any) { return shape; }
  }`;

for (const [what, text, ...parts] of [
  [
    'a type error',
    withLayers('tf.layers.dense({ unitz: 3 }),'),
    'mine.ts, line 7: ',
    "'unitz' does not exist in type 'DenseLayerArgs'. Did you mean to write 'units'?",
  ],
  ['a syntax error', 'export default () =>\n  if;\n', 'mine.ts, line 2: Unexpected "if".'],
  [
    'a missing package',
    `import 'lodash-not-here';\n${flat}`,
    'mine.ts, line 1: Could not resolve "lodash-not-here". Check the path, or install',
  ],
  [
    'a missing file',
    `import { a } from './nothing';\nvoid a;\n${flat}`,
    'mine.ts, line 1: Could not resolve "./nothing".',
  ],
  [
    'functions of the workshop',
    `import { tokenise } from '${join(projectFolder, 'dist', 'index')}';\nvoid tokenise('a');\n${flat}`,
    'cannot use the workshop’s functions: import only its types, with `import type`',
  ],
  ['await outside a function', `await 3;\n${flat}`, 'mine.ts, line 1: Top-level await'],
  [
    'a wrong rank',
    withLayers('tf.layers.flatten(), tf.layers.globalMaxPooling1d({}),'),
    'Your network (mine.ts, line 6): Input 0 is incompatible with layer global_max_pooling1d',
    'expected ndim=3, found ndim=2.',
  ],
  [
    'negative units',
    withLayers('tf.layers.flatten(), tf.layers.dense({ units: -3 }),'),
    'Your network (mine.ts, line 7): Expected units to be a positive integer, but got -3.',
  ],
  [
    'a free variable',
    withLayers('tf.layers.dense({ units: (globalThis as any).width.length }),'),
    'Your network (mine.ts, line 7): Cannot read properties of undefined',
  ],
  [
    'a name that nothing declares',
    'export default () =>\n  notThere;',
    "mine.ts, line 2: Cannot find name 'notThere'.",
  ],
  [
    'a wrong output',
    withLayers('tf.layers.flatten(),', "tf.layers.dense({ units: 7, activation: 'softmax' })"),
    'Your network gives [null,7]; expected [null, 4], a number for each label.',
  ],
  [
    'sigmoid at the end',
    withLayers('tf.layers.flatten(),').replace('softmax', 'sigmoid'),
    'last layer ends in sigmoid; expected softmax, or linear for logits',
  ],
  [
    'a layer class of its own',
    withBody(
      `  ${className}\n  tf.serialization.registerClass(Twice as any);\n  return tf.sequential({ layers: [embedding(), tf.layers.flatten(), new Twice({}) as any, tf.layers.dense({ units: labels.length, activation: 'softmax' })] });`,
    ),
    'Your network uses the custom class Twice, which the server cannot reproduce',
  ],
  [
    'a layer class under the name of another',
    withBody(
      `  ${className.replaceAll('Twice', 'Flatten')}\n  tf.serialization.registerClass(Flatten as any);\n  return tf.sequential({ layers: [embedding(), tf.layers.flatten(), tf.layers.dense({ units: labels.length, activation: 'softmax' })] });`,
    ),
    'Your network uses the custom class Flatten',
  ],
  [
    'a layer whose call is replaced',
    withBody(
      `  const changed = tf.layers.flatten();\n  const call = changed.call.bind(changed);\n  changed.call = (inputs, more) => call(inputs, more);\n  return tf.sequential({ layers: [embedding(), changed, tf.layers.dense({ units: labels.length, activation: 'softmax' })] });`,
    ),
    'Your network replaces call() of the layer flatten',
  ],
  [
    'an activation of its own',
    withBody(
      `  class Cube extends (tf.serialization.Serializable as any) {\n    static className = 'cube';\n    getConfig() { return {}; }\n    apply(x: any) { return tf.pow(x, 3); }\n  }\n  tf.serialization.registerClass(Cube as any);\n  return tf.sequential({ layers: [embedding(), tf.layers.flatten(), tf.layers.dense({ units: 2, activation: 'cube' as any }), tf.layers.dense({ units: labels.length, activation: 'softmax' })] });`,
    ),
    'Your network uses the custom class cube',
  ],
  [
    'a compiled model',
    flat
      .replace('return tf.sequential(', 'const model = tf.sequential(')
      .replace(
        '] });',
        "] });\n  model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });\n  return model;",
      ),
    'Your network is compiled, which has no effect here: remove compile()',
  ],
  ['another value returned', 'export default () => 3;', 'Your network is not a model: return tf.sequential'],
  [
    'something else exported',
    'export const network = () => 3;',
    'Your network exports network, but no default; expected a function',
  ],
  ['an async function', 'export default async () => 3;', 'Your network is async'],
  [
    'hyperparameters that are neither numbers nor words',
    `export const hyperparameters = { sizes: [1, 2] };\n${flat}`,
    'sizes is [1,2]; expected a number or a word',
  ],
  [
    'a hyperparameter of the table',
    `export const hyperparameters = { batch_size: 1 };\n${flat}`,
    'batch_size is a hyperparameter of every training job already',
  ],
  [
    'a loop without end',
    flat.replace('void maxLength;', 'while (maxLength) {}'),
    'Your network (mine.ts) did not train on a few invented rows within 10 seconds.',
  ],
  [
    'too many numbers',
    flat.replace(
      'void maxLength;',
      'const all: unknown[] = [];\n  for (;;) all.push(new Float64Array(1e6).fill(maxLength));',
    ),
    'Your network (mine.ts) needs more than 1 GB of memory',
  ],
  [
    'too many weights',
    withLayers('tf.layers.flatten(), tf.layers.dense({ units: 1e6 }),'),
    'Your network (mine.ts',
  ],
  [
    'objects without end',
    flat.replace('void maxLength;', 'const all: unknown[] = [];\n  for (;;) all.push({ maxLength });'),
    'Your network (mine.ts) needs more than 1 GB of memory',
  ],
  [
    'an end of the process',
    flat.replace('void maxLength;', 'process.exit(3);'),
    'Your network (mine.ts) ended its trial process, which ended with exit code 3.',
  ],
  [
    'a crash',
    flat.replace('void maxLength;', "process.kill(process.pid, 'SIGSEGV');"),
    'which was ended by signal SIGSEGV',
  ],
] as const) {
  test(`readNetwork() tells what is wrong with ${what}`, async (t) => {
    await enter(t, { 'mine.ts': text });
    await assert.rejects(readNetwork('./mine.ts'), userError(...parts));
  });
}

test('readNetwork() tells what is wrong with JavaScript when it runs', async (t) => {
  await enter(t, { 'mine.js': 'exports.default = () =>\n  notThere;' });
  await assert.rejects(
    readNetwork('./mine.js'),
    userError('Your network (mine.js, line 2): notThere is not defined.'),
  );
});

test('readNetwork() names a missing file', async (t) => {
  await enter(t, {});
  await assert.rejects(
    readNetwork('./nope.ts'),
    userError('Could not resolve "./nope.ts", from', 'Check the path.'),
  );
});
