// The step that compiles tfjs-node's binding to libtensorflow and checks that TensorFlow computes.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './command.mjs';
import { compiler, nodeHeaders } from './machine.mjs';
import { at, onPath, PYTHON, remove, TENSORFLOW, TFJS_NODE } from './places.mjs';

/** @param library the value of the TensorFlow step */
export const bindingStep = (library) => ({
  label: 'TensorFlow binding',
  makes: path.join(TFJS_NODE, 'lib'),
  stamp: path.join(TFJS_NODE, '.setup'),
  value: `Node ABI ${process.versions.modules}, ${library}`,
  run: async () => {
    await compileBinding();
    const silent = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
    const sentence = 'The TensorFlow binding compiled but does not run.';
    await run(process.execPath, ['--no-deprecation', '-e', MATRIX_PRODUCT], { sentence, env: silent });
  },
});

async function compileBinding() {
  const deps = path.join(TFJS_NODE, 'deps');
  remove(deps);
  fs.mkdirSync(deps);
  // Relative links, so that the project can be moved.
  for (const part of ['include', 'lib']) {
    fs.symlinkSync(path.relative(deps, path.join(TENSORFLOW, part)), path.join(deps, part));
  }
  // Make cannot work in a path with spaces or quotes; the binding finds deps/ by $ORIGIN, whatever the folder of compilation.
  const temporary = /^[\w./-]+$/.test(os.tmpdir()) ? os.tmpdir() : '/tmp';
  const folder = fs.mkdtempSync(path.join(temporary, 'tfjs-node-'));
  try {
    for (const part of ['package.json', 'binding.gyp', 'binding']) {
      fs.cpSync(path.join(TFJS_NODE, part), path.join(folder, part), { recursive: true });
    }
    fs.symlinkSync(deps, path.join(folder, 'deps'));
    fs.symlinkSync(nodeHeaders(), path.join(folder, 'node'));
    const args = [at('node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp'), 'install', '--build-from-source'];
    args.push(`--nodedir=${path.join(folder, 'node')}`);
    const env = { ...compileEnvironment(), TMPDIR: folder };
    await run(process.execPath, args, {
      sentence: 'The TensorFlow binding did not compile.',
      cwd: folder,
      env,
    });
    fs.cpSync(path.join(folder, 'lib'), path.join(TFJS_NODE, 'lib'), { recursive: true });
  } finally {
    remove(folder);
  }
}

function compileEnvironment() {
  const env = { ...process.env, CXX: compiler(), NODE_GYP_FORCE_PYTHON: PYTHON, JOBS: 'max' };
  // Puts deps/ before LD_LIBRARY_PATH, where another libtensorflow may be.
  env.LDFLAGS = `${env.LDFLAGS ?? ''} -Wl,--disable-new-dtags`;
  // node-gyp prefers npm's configuration to its arguments, and a nodedir there may be another Node's.
  for (const name of Object.keys(env)) if (/^npm_config_nodedir$/i.test(name)) delete env[name];
  // node-pre-gyp looks for node-gyp only in an npm next to this Node.
  const npm = onPath('npm');
  const nodeGyp = npm && path.join(fs.realpathSync(npm), '../../node_modules/node-gyp/bin/node-gyp.js');
  if (!env.npm_config_node_gyp && nodeGyp && fs.existsSync(nodeGyp)) env.npm_config_node_gyp = nodeGyp;
  return env;
}

/** JavaScript: fails unless TensorFlow itself multiplies two matrices. */
const MATRIX_PRODUCT = `
require('node:util').isNullOrUndefined ??= (value) => value == null; // tfjs-node calls it, Node 23 removed it
const tf = require('@tensorflow/tfjs-node');
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync();
const isRight = tf.getBackend() === 'tensorflow' && String(product) === '19,22,43,50';
if (!isRight) throw new Error('wrong product: ' + product);
`;
