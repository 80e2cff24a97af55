// What `container/train` runs: channels and hyperparameters in, model artifact out, a failure file where it fails.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveArtifact } from './artifact';
import { type BaseDirectory, baseDirectory } from './baseDirectory';
import { describeError, UserError } from './errors';
import { type Headline, readHeadlines } from './headlines';
import { type Hyperparameters, parseHyperparameters } from './hyperparameters';
import { formatEpoch } from './metrics';
import { type Split, splitByStory, splitRandomly } from './split';
import { trainClassifier } from './train';
import { loadVectors, vectorsFolder } from './vectors';

/** Trains as a SageMaker training job does and ends the process: exit code 0 when completed, 1 when failed. */
export async function main(): Promise<void> {
  const directory = baseDirectory();
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  try {
    await runTrainingJob(directory, stop.signal);
  } catch (error) {
    const reason = describeError(error);
    console.error(reason);
    await mkdir(directory.output, { recursive: true });
    await writeFile(directory.failure, reason);
    process.exitCode = 1;
  }
}

async function runTrainingJob(directory: BaseDirectory, signal: AbortSignal): Promise<void> {
  const hyperparameters = parseHyperparameters(await readHyperparameters(directory.hyperparameters));
  console.log(`Hyperparameters: ${JSON.stringify(hyperparameters)}`);
  const { training, validation } = await readRows(directory, hyperparameters);
  console.log(`Rows: ${training.length} for training, ${validation.length} for validation`);
  const embeddings = directory.channel('embeddings');
  const vectors = await loadVectors(existsSync(embeddings) ? embeddings : vectorsFolder);

  const classifier = await trainClassifier({ training, validation }, hyperparameters, {
    vectors,
    signal,
    onEpoch: (metrics, seconds) => console.log(formatEpoch(metrics, hyperparameters.epochs, seconds)),
  });
  if (classifier.description.history.length === 0) {
    console.log('Stopped before the first step, as asked: there is no model artifact.');
    return;
  }
  if (signal.aborted) console.log('Stopped early, as asked: the weights learnt so far are kept.');
  await saveArtifact(classifier, directory.model);
  console.log(`Model artifact: ${directory.model}`);
}

async function readHyperparameters(path: string): Promise<Record<string, unknown>> {
  if (!existsSync(path)) return {};
  const given = parseJson(await readFile(path, 'utf8'), path);
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given };
  throw new UserError(`${path} is not an object of names and values, as in {"epochs": "2"}.`);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}.`);
  }
}

async function readRows(directory: BaseDirectory, hyperparameters: Hyperparameters): Promise<Split> {
  const training = (await readChannel(directory, 'training')) ?? (await readChannel(directory, 'train'));
  if (!training) {
    throw new UserError(
      `There is no training data: ${directory.channel('training')} holds no file. ` +
        'Give the job a channel named "training" with the headlines in it.',
    );
  }
  const validation = await readChannel(directory, 'validation');
  if (validation) return { training, validation };
  const { validation_split: validationFraction, split, seed } = hyperparameters;
  if (validationFraction === 0) return { training, validation: [] };
  const divide = split === 'story' ? splitByStory : splitRandomly;
  return divide(training, { validationFraction, seed });
}

async function readChannel(directory: BaseDirectory, name: string): Promise<Headline[] | undefined> {
  const folder = directory.channel(name);
  if (!existsSync(folder)) return undefined;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) return undefined;
  return (await Promise.all(files.map(readHeadlines))).flat();
}
