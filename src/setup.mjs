// The project's set-up (`npm run setup`): npm packages, Jupyter, TensorFlow for Node, the TypeScript kernel, the build and
// word vectors. It runs before node_modules exists, so it uses Node's built-ins only. What is done is skipped, and a run
// after an interrupted one continues there. In the image's build, `--container` does what its stages take from.
import { bindingStep } from './setup/binding.mjs';
import { buildStep, vectorsStep } from './setup/build.mjs';
import { endCommands, SetupError } from './setup/command.mjs';
import { environmentStep, jupyterStep, registerKernel } from './setup/jupyter.mjs';
import { takeTurn } from './setup/lock.mjs';
import { checkMachine, interpreter } from './setup/machine.mjs';
import { minilmStep } from './setup/minilm.mjs';
import { packagesStep } from './setup/npm.mjs';
import { IN_CONTAINER, remove, SCRATCH } from './setup/places.mjs';
import { createRunner, print, seconds } from './setup/step.mjs';
import { tensorflowStep } from './setup/tensorflow.mjs';

async function main() {
  const started = performance.now();
  const [extra, stray = extra === 'minilm' ? undefined : extra] = process.argv.slice(IN_CONTAINER ? 3 : 2);
  if (stray) throw new SetupError(`set-up takes no argument but minilm, and got "${stray}".`);
  await takeTurn();
  remove(SCRATCH);
  try {
    const steps = plan(extra === 'minilm');
    checkMachine(steps);
    await carryOut(steps);
    if (!IN_CONTAINER) registerKernel();
  } finally {
    remove(SCRATCH);
  }
  print(`ready (${seconds(started, 1)})`);
}

function plan(withMinilm) {
  const python = interpreter();
  const tensorflow = tensorflowStep();
  return {
    python,
    environment: IN_CONTAINER ? undefined : environmentStep(python),
    packages: packagesStep(),
    jupyter: IN_CONTAINER ? undefined : jupyterStep(),
    tensorflow,
    binding: bindingStep(tensorflow.value),
    build: IN_CONTAINER ? undefined : buildStep(),
    vectors: IN_CONTAINER ? undefined : vectorsStep(),
    minilm: withMinilm ? minilmStep() : undefined,
  };
}

/** Downloads side by side, and whatever does not depend on one of them. */
async function carryOut({ python, ...steps }) {
  const { environment, packages, jupyter, tensorflow, binding, build, vectors, minilm } = steps;
  const run = createRunner(Object.values(steps));
  const installed = run(environment).then(() => Promise.all([run(jupyter), run(tensorflow), run(minilm)]));
  const packed = run(packages);
  const built = packed.then(() => run(build)).then(() => run(vectors));
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
