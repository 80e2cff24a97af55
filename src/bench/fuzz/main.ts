// `npm run fuzz` tests bodies, connections and artifacts with over 100,000 hostile inputs; `npm run fuzz -- SEED` repeats a
// run. main.test.ts does the same with fewer inputs and a fixed seed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { generateHeadlines } from '../../data/synthetic';
import { loadArtifact, saveArtifact } from '../../model/artifact';
import { hyperparameterTable, parseHyperparameters } from '../../model/hyperparameters';
import { type ArchitectureName, architectures } from '../../model/registry';
import { trainClassifier } from '../../model/train';
import type { Architecture } from '../../model/training/architecture';
import type { Classifier } from '../../model/training/classifier';
import type { LoadedNetwork } from '../../model/training/networkFunction';
import { baseDirectory } from '../../platform/baseDirectory';
import { startProcess } from '../../platform/childStart';
import { runMain, UserError } from '../../platform/errors';
import { briefSeconds, fetchWithin, invocationSeconds } from '../../platform/fetchWithin';
import { formatBytes } from '../../platform/format';
import { projectFolder } from '../../platform/paths';
import { findFreePort } from '../../session/local/server';
import { fuzzArtifact } from './artifact';
import { fuzzFormats } from './formats';
import { fuzzHttp } from './http';

interface FuzzAmounts {
  /** For each property of bodies and answers. */
  formats: number;
  http: number;
  /** For each architecture. */
  artifacts: number;
}

/** Bytes that loading artifacts with changes may take. */
const mostMemory = 3e9;

const long: FuzzAmounts = { formats: 12_000, http: 40_000, artifacts: 4000 };

/** Runs all three parts and returns the number of inputs. Throws if one of them shows a defect. */
export async function fuzz({ formats, http, artifacts }: FuzzAmounts, seed: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
  try {
    let inputs = fuzzFormats(formats, seed);
    console.log(`${inputs} bodies and answers`);
    for (const name of [...hyperparameterTable.architecture.values, 'own'] as const) {
      const artifact = join(folder, name);
      await saveArtifact(await trainTiny(name), artifact);
      inputs += await fuzzArtifact(artifact, artifacts, seed);
      console.log(`${artifacts} artifacts of ${name}`);
      const { rss } = process.memoryUsage();
      if (rss > mostMemory) throw new UserError(`Artifacts of ${name} took ${formatBytes(rss)} of memory.`);
    }
    inputs += await fuzzServer(join(folder, 'base'), http, seed);
    console.log(`${http} connections`);
    return inputs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Trains a model as small as possible, since loading is repeated often. */
async function trainTiny(architecture: ArchitectureName): Promise<Classifier> {
  const { reads }: Architecture = architectures[architecture];
  const isPretrained = reads?.includes('pretrained') ?? false;
  const settings = { architecture, epochs: 1, max_length: 8, ...(!isPretrained && { vocabulary_size: 50 }) };
  const rows = { training: generateHeadlines().slice(0, 200), validation: [] };
  return await trainClassifier(rows, parseHyperparameters(settings), {
    pretrained,
    ...(architecture === 'own' && { network }),
  });
}

/** A pretrained transformer of two small blocks. */
const pretrained = join(projectFolder, 'src', 'testing', 'fixtures', 'tiny-bert');

/** Its layers are answered by TensorFlow, which makes them from their settings. */
const network: LoadedNetwork = {
  hyperparameters: {},
  make({ tf, embedding, labels }) {
    const tokens = tf.input({ shape: [8], dtype: 'int32' });
    const words = embedding().apply(tokens) as TensorFlow.SymbolicTensor;
    const both = tf.layers.bidirectional({
      layer: tf.layers.gru({ units: 3 }) as never,
      mergeMode: 'concat',
    });
    const windows = tf.layers.conv1d({ filters: 4, kernelSize: 2, padding: 'same' }).apply(words);
    const each = tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) as never }).apply(windows);
    const read = [both.apply(words), tf.layers.flatten().apply(tf.layers.batchNormalization().apply(each))];
    const joined = tf.layers.concatenate().apply(read as TensorFlow.SymbolicTensor[]);
    const output = tf.layers.dense({ units: labels.length, activation: 'softmax' }).apply(joined);
    return tf.model({ inputs: tokens, outputs: output as TensorFlow.SymbolicTensor });
  },
};

/** Runs container/serve as a process, so that a crash shows. */
async function fuzzServer(base: string, inputs: number, seed: number): Promise<number> {
  const classifier = await trainTiny('mlp');
  await saveArtifact(classifier, baseDirectory(base).model);
  const { model } = await loadArtifact(baseDirectory(base).model);
  const port = await findFreePort();
  const environment = {
    SAGEMAKER_BASE_DIR: base,
    SAGEMAKER_BIND_TO_PORT: String(port),
    SERVING_METRICS: 'on',
  };
  const start = () =>
    spawn(process.execPath, [join(projectFolder, 'container', 'serve')], {
      env: { ...process.env, ...environment, BIND_ADDRESS: '127.0.0.1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const child = await startProcess('container/serve', start);
  const url = `http://127.0.0.1:${port}`;
  const body = JSON.stringify({ input: 'film premiere' });
  const check = async () => {
    if (child.exitCode !== null) throw new UserError(`The server ended with exit code ${child.exitCode}.`);
    const answer = await fetchWithin(invocationSeconds, `${url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.deepEqual(await answer.json(), { ...classifier.predict(['film premiere'])[0], model });
    assert.equal((await fetchWithin(briefSeconds, `${url}/ping`)).status, 200);
  };
  try {
    await untilServing(url);
    return await fuzzHttp(port, inputs, seed, check);
  } finally {
    child.kill();
  }
}

async function untilServing(url: string): Promise<void> {
  const isServing = () =>
    fetchWithin(briefSeconds, `${url}/ping`).then(
      ({ status }) => status === 200,
      () => false,
    );
  for (let tries = 0; !(await isServing()); tries++) {
    if (tries > 600)
      throw new UserError('The server under test did not answer /ping with 200 within a minute.');
    await sleep(100);
  }
}

async function main([text = String(Date.now() % 2 ** 31)]: readonly string[]): Promise<void> {
  const seed = Number(text);
  if (!Number.isInteger(seed))
    throw new UserError(`The seed is "${text}"; expected a whole number: npm run fuzz -- SEED`);
  console.log(`seed ${seed}`);
  console.log(`${await fuzz(long, seed)} inputs, no defect.`);
}

if (require.main === module) void runMain(() => main(process.argv.slice(2)));
