// Benchmark: what the image weighs and how soon it answers, beside a Python image in which Keras serves the same weights
// behind Flask and gunicorn. Both must give the same answer before anything is measured.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { loadDataset } from '../../data/dataset';
import { buildImage, type Image } from '../../image/build/buildImage';
import { withEngine } from '../../image/engine/engine';
import { saveArtifact } from '../../model/artifact';
import { parseHyperparameters } from '../../model/hyperparameters';
import { trainClassifier } from '../../model/train';
import { UserError } from '../../platform/errors';
import { loadVectors } from '../../text/vectors';
import { always, type Benchmark, inTurn, toMarkdown } from '../common/measure';
import { peerFile } from '../common/peers';
import { startCold } from './coldStart';

const peerFolder = peerFile('image', '');

/** What no server can be faster than. */
const bareServer =
  "require('node:http').createServer((_, response) => response.end('{}')).listen(process.env.SAGEMAKER_BIND_TO_PORT)";

export const benchImage: Benchmark = async ({ short }) => {
  const rounds = short ? 1 : 9;
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const [ours, theirs] = await buildBoth();
    const model = join(folder, 'model');
    await writeModel(model);
    execFileSync('docker', ['run', '--rm', '--volume', `${model}:/opt/ml/model`, theirs.name, 'convert']);
    await compareAnswers(ours, theirs, model);

    const contestant = (name: string, image: Image, ...script: string[]) => ({
      name,
      command: [process.execPath, join(__dirname, 'coldStart.js'), image.name, model, ...script],
    });
    const measured = await inTurn(
      [
        contestant('this workshop', ours),
        contestant('Keras, Flask, gunicorn', theirs),
        contestant('a bare Node server', ours, bareServer),
      ],
      rounds,
    );
    const [our = {}, their = {}] = Object.values(measured.figures);
    Object.assign(our, await weigh(ours));
    Object.assign(their, await weigh(theirs));
    const task =
      'Seconds from docker run to the first 200 on /ping; size of the image in MB, and compressed by gzip';
    const results = { task, ...measured };
    return { results, table: toMarkdown(results) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

async function buildBoth(): Promise<[Image, Image]> {
  console.log('Building both images …');
  const onProgress = () => undefined;
  const peer = {
    folder: peerFolder,
    repository: 'sagemaker-text-classification-peer',
    baseImage: process.env.PYTHON_BASE_IMAGE || 'python:3.11-slim',
  };
  return [await buildImage({ onProgress }), await buildImage({ ...peer, onProgress })];
}

/** The classic network after an epoch. */
async function writeModel(folder: string): Promise<void> {
  const { headlines } = await loadDataset();
  const rows = { training: headlines, validation: [] };
  const hyperparameters = parseHyperparameters({ architecture: 'mlp', epochs: 1 });
  await saveArtifact(await trainClassifier(rows, hyperparameters, { vectors: await loadVectors() }), folder);
}

async function compareAnswers(ours: Image, theirs: Image, model: string): Promise<void> {
  const [our, their] = [await startCold(ours.name, model), await startCold(theirs.name, model)];
  const [left = {}, right = {}] = [our.answer.probabilities, their.answer.probabilities];
  const labels = Object.keys(left);
  const isSame =
    labels.length > 1 && labels.every((label) => Math.abs((left[label] ?? 0) - (right[label] ?? 1)) < 1e-4);
  if (!isSame) throw new UserError(`The answers differ: ${JSON.stringify([left, right])}.`);
}

/** What `docker save` writes, which is what a registry keeps but for a few kB, goes through gzip as a push does. */
async function weigh({ name, sizeInBytes }: Image) {
  console.log(`Compressing ${name} …`);
  const compressed = await withEngine(async (docker) => {
    let bytes = 0;
    await pipeline(await docker.getImage(name).get(), createGzip(), async (compressed) => {
      for await (const chunk of compressed) bytes += (chunk as Buffer).length;
    });
    return bytes;
  });
  return { megabytes: always(sizeInBytes / 1e6), 'megabytes compressed': always(compressed / 1e6) };
}
