// The project's set-up (`npm run setup`): npm packages, Jupyter, TensorFlow for Node, the TypeScript kernel, the build and
// word vectors. It runs before node_modules exists, so it uses Node's built-ins only. What is done is skipped, and a run
// after an interrupted one continues there. `first` does what the first cells need and leaves TensorFlow to a process in
// the background, `tensorflow` does the rest, and `minilm` all of it and a pretrained transformer. In the image's build,
// `--container` does what its stages take from.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bindingStep } from './setup/binding.mjs';
import { buildStep, vectorsStep } from './setup/build.mjs';
import { endCommands, SetupError } from './setup/command.mjs';
import { environmentStep, jupyterStep, registerKernel } from './setup/jupyter.mjs';
import { takeTurn } from './setup/lock.mjs';
import { checkMachine, interpreter, missingForTensorflow } from './setup/machine.mjs';
import { minilmStep } from './setup/minilm.mjs';
import { packagesStep } from './setup/npm.mjs';
import { IN_CONTAINER, remove, SCRATCH } from './setup/places.mjs';
import { createRunner, isDone, print, seconds } from './setup/step.mjs';
import { tensorflowStep } from './setup/tensorflow.mjs';

async function main() {
  const started = performance.now();
  const [mode, stray = isMode(mode) ? undefined : mode] = process.argv.slice(2);
  if (stray) {
    throw new SetupError(`set-up takes no argument but first, tensorflow or minilm, and got "${stray}".`);
  }
  await takeTurn();
  remove(SCRATCH);
  const steps = plan(mode);
  const rest = mode === 'first' ? plan('tensorflow') : undefined;
  try {
    checkMachine(steps);
    const reasons = rest ? missingForTensorflow(rest) : [];
    for (const reason of reasons) print(reason);
    if (reasons.length > 0) print('Everything but networks, transformers and their cells works without it.');
    await carryOut(steps);
    if (steps.jupyter) registerKernel();
    if (rest && reasons.length === 0 && !(isDone(rest.tensorflow) && isDone(rest.binding))) {
      print('TensorFlow goes on in the background.');
      // What needs it waits until this is there.
      remove(rest.binding.stamp);
      startInBackground('tensorflow');
    }
  } finally {
    remove(SCRATCH);
  }
  print(`ready (${seconds(started, 1)})`);
}

function isMode(argument) {
  return [undefined, '--container', 'first', 'tensorflow', 'minilm'].includes(argument);
}

/** What needs TensorFlow waits for it, and says why it failed (src/platform/finishSetUp.ts). */
function startInBackground(mode) {
  const file = fileURLToPath(import.meta.url);
  spawn(process.execPath, [file, mode], { detached: true, stdio: 'ignore' }).unref();
}

function plan(mode) {
  const python = interpreter();
  const tensorflow = mode === 'first' ? undefined : tensorflowStep();
  const isForNotebooks = !IN_CONTAINER && mode !== 'tensorflow';
  return {
    python,
    environment: IN_CONTAINER ? undefined : environmentStep(python),
    packages: packagesStep(),
    jupyter: isForNotebooks ? jupyterStep() : undefined,
    tensorflow,
    binding: tensorflow && bindingStep(tensorflow.value),
    build: isForNotebooks ? buildStep() : undefined,
    vectors: isForNotebooks ? vectorsStep() : undefined,
    minilm: mode === 'minilm' ? minilmStep() : undefined,
  };
}

/** Downloads side by side, and whatever does not depend on one of them. */
async function carryOut({ python, ...steps }) {
  const { environment, packages, jupyter, tensorflow, binding, build, vectors, minilm } = steps;
  const run = createRunner(Object.values(steps));
  const installed = run(environment).then(() => Promise.all([run(jupyter), run(tensorflow), run(minilm)]));
  const packed = run(packages);
  const built = packed.then(() => Promise.all([run(build), run(vectors)]));
  const bound = Promise.all([installed, packed]).then(() => run(binding));
  try {
    await Promise.all([installed, built, bound]);
  } catch (error) {
    endCommands();
    await Promise.allSettled([installed, built, bound]);
    throw error;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError) && !error.syscall) throw error;
  if (error.log) console.error(error.log.trim());
  console.error(error.message.replace(/^/gm, 'Set-up: '));
  process.exitCode = 1;
}
