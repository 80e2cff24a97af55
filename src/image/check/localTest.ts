// Implements the scripts of container/local_test, on a folder with the layout of /opt/ml: train in the image as SageMaker
// would, serve the model until Ctrl-C, and send a file to the server.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadDataset } from '../../data/dataset';
import { writeHeadlines } from '../../data/headlines';
import { baseDirectory } from '../../platform/baseDirectory';
import { runMain, UserError } from '../../platform/errors';
import { writeInto } from '../../platform/files';
import { buildImage } from '../build/buildImage';
import { printSteps } from '../build/main';
import { withEngine } from '../engine/engine';
import { runContainer } from '../engine/run';
import { invoke } from './request';

/** A script's action with its arguments; resolves to the exit code. */
type Action = (folder: string, words: readonly string[]) => Promise<number>;

const scripts: Readonly<Record<string, { usage: string; mostWords: number; act: Action }>> = {
  train: { usage: 'train_local.sh [IMAGE:TAG]', mostWords: 1, act: train },
  serve: { usage: '[PORT=8080] serve_local.sh [IMAGE:TAG]', mostWords: 1, act: serve },
  predict: { usage: '[PORT=8080] predict.sh FILE [CONTENT_TYPE]', mostWords: 2, act: predict },
};

async function train(folder: string, [image]: readonly string[]): Promise<number> {
  await writeInto(dirname(folder), () => layOut(folder));
  return await runImage(folder, image, { command: 'train' });
}

async function serve(folder: string, [image]: readonly string[]): Promise<number> {
  const { model } = baseDirectory(folder);
  if (!existsSync(model) || (await readdir(model)).length === 0) {
    throw new UserError(`Nothing to serve: ${model} is empty. Run train_local.sh first.`);
  }
  return await runImage(folder, image, { command: 'serve', port: readPort() });
}

async function predict(_: string, words: readonly string[]): Promise<number> {
  const [file = '', contentType = 'application/json'] = words;
  if (!existsSync(file))
    throw new UserError(`The file "${file}" does not exist. Usage: ${scripts.predict?.usage}`);
  const url = `http://127.0.0.1:${readPort()}`;
  const answer = await invoke(url, contentType, await readFile(file));
  if (!answer) throw new UserError(`No response from ${url}. Is serve_local.sh running with this PORT?`);
  console.log(answer.text);
  if (answer.status !== 200) console.error(`${url} responded with status ${answer.status}.`);
  return answer.status === 200 ? 0 : 1;
}

function readPort(): string {
  const given = process.env.PORT || '8080';
  if (/^\d{1,5}$/.test(given) && Number(given) > 0 && Number(given) < 65536) return given;
  throw new UserError(`PORT is "${given}"; expected a whole number from 1 to 65535.`);
}

async function runImage(
  folder: string,
  given: string | undefined,
  request: { command: 'train' | 'serve'; port?: string },
): Promise<number> {
  const image = given ?? (await buildImage({ onProgress: printSteps() })).name;
  return await withEngine((docker) => runContainer(docker, folder, { ...request, image }));
}

/**
 * Prepares the folder with the layout of /opt/ml. Existing data and hyperparameters are kept; without data, the workshop's
 * headlines are used. The results of an earlier job are removed.
 */
async function layOut(folder: string): Promise<void> {
  const { hyperparameters, channel, model, output } = baseDirectory(folder);
  const training = channel('training');
  for (const left of [model, output]) await rm(left, { recursive: true, force: true });
  for (const needed of [dirname(hyperparameters), training, model, output]) {
    await mkdir(needed, { recursive: true });
  }
  if (!existsSync(hyperparameters)) await writeFile(hyperparameters, '{}\n');
  if ((await readdir(training)).length > 0) return;
  const { headlines, description } = await loadDataset();
  console.log(description);
  await writeHeadlines(join(training, 'newsCorpora.csv'), headlines);
}

async function main([name = '', folder = '', ...words]: readonly string[]): Promise<void> {
  const script = scripts[name];
  if (!script || words.length > script.mostWords) {
    const usages = script ? [script] : Object.values(scripts);
    throw new UserError(`Expected ${usages.map(({ usage }) => usage).join(' or ')}`);
  }
  process.exitCode = await script.act(folder, words);
}

void runMain(() => main(process.argv.slice(2)));
