// What the serving benchmark needs before it begins: headlines, the models of all contestants, the bodies to be sent.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadDataset } from '../../data/dataset';
import type { Headline } from '../../data/headlines';
import { loadArtifact, saveArtifact } from '../../model/artifact';
import { parseHyperparameters } from '../../model/hyperparameters';
import { trainClassifier } from '../../model/train';
import type { Classifier } from '../../model/training/classifier';
import { baseDirectory } from '../../platform/baseDirectory';
import { loadVectors } from '../../text/vectors';
import { peerFile, peersPython } from '../common/peers';
import { type LoadBody, writeBodies } from './load';

const run = promisify(execFile);

export interface ServingData {
  /** Headlines with the labels that they should get. */
  readonly rows: readonly { title: string; label: string }[];
  /** The workshop's default model, and its classic network, which Keras serves too. */
  readonly classifier: Classifier;
  readonly classic: Classifier;
  readonly python: string;
  readonly paths: {
    /** A folder laid out like /opt/ml, with the default model. */
    base: string;
    /** The classic network as this project's artifact, and Keras' own file beside it. */
    classic: string;
    linear: string;
    fastText: string;
    /** Titles for fastText, a line of JSON each. */
    titles: string;
    /** Bodies of one headline; of 500, as JSON; of 500, as JSON Lines. */
    single: string;
    json: string;
    jsonLines: string;
  };
}

export const headlinesPerBatch = 500;
const rowsUsed = 10_000;

/** Trains all models on the same rows, into a folder. */
export async function prepareServing(folder: string): Promise<ServingData> {
  const python = await peersPython('serving');
  const { headlines } = await loadDataset();
  const used = headlines.slice(0, rowsUsed);
  const rows = used.map(({ title, category }) => ({ title, label: category }));
  const base = join(folder, 'base');
  const paths = {
    base,
    classic: join(folder, 'classic'),
    linear: join(folder, 'linear.pickle'),
    fastText: join(folder, 'fasttext.bin'),
    titles: join(folder, 'titles.jsonl'),
    single: join(folder, 'single.txt'),
    json: join(folder, 'json.txt'),
    jsonLines: join(folder, 'jsonlines.txt'),
  };
  console.log(`Training the models on ${used.length} headlines …`);
  const classifier = await train(used, {}, baseDirectory(base).model);
  const classic = await train(used, { architecture: 'mlp', epochs: 1 }, paths.classic);
  const program = peerFile('image', 'program.py');
  await run(python, [program, 'convert'], { env: { ...process.env, MODEL: paths.classic } });
  const rowsFile = join(folder, 'rows.jsonl');
  await writeLines(
    rowsFile,
    rows.map(({ title, label }) => [title, label]),
  );
  await run(python, [peerFile('serving', 'linear.py'), rowsFile, paths.linear]);
  const fastText = peerFile('serving', 'fasttext_batches.py');
  await run(python, [fastText, 'train', rowsFile, paths.fastText]);
  await writeLines(
    paths.titles,
    rows.map(({ title }) => title),
  );
  await writeAllBodies(
    rows.map(({ title }) => title),
    paths,
  );
  return { rows, classifier, classic, python, paths };
}

async function train(
  headlines: readonly Headline[],
  settings: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<Classifier> {
  const rows = { training: headlines, validation: [] };
  const vectors = await loadVectors();
  await saveArtifact(await trainClassifier(rows, parseHyperparameters(settings), { vectors }), folder);
  // As the server will have it.
  return await loadArtifact(folder);
}

async function writeLines(path: string, values: readonly unknown[]): Promise<void> {
  await writeFile(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

async function writeAllBodies(titles: readonly string[], paths: ServingData['paths']): Promise<void> {
  const json = (input: unknown): LoadBody => ({
    contentType: 'application/json',
    body: JSON.stringify({ input }),
  });
  const lines = (batch: readonly string[]): LoadBody => ({
    contentType: 'application/jsonlines',
    body: batch.map((title) => JSON.stringify(title)).join('\n'),
  });
  const batches = Array.from({ length: Math.floor(titles.length / headlinesPerBatch) }, (_, batch) =>
    titles.slice(batch * headlinesPerBatch, (batch + 1) * headlinesPerBatch),
  );
  await writeBodies(paths.single, titles.map(json));
  await writeBodies(paths.json, batches.map(json));
  await writeBodies(paths.jsonLines, batches.map(lines));
}
