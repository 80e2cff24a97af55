// One of this workshop's architectures in the training benchmark, in a process of its own: contestant.js TASK
// ARCHITECTURE. trainingPeers/contest.py does the same for the other tools, step by step.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelledTitle } from '../../data/headlines';
import { loadArtifact, saveArtifact } from '../../model/artifact';
import { parseHyperparameters } from '../../model/hyperparameters';
import { trainClassifier } from '../../model/train';
import type { Classifier } from '../../model/training/classifier';
import { loadVectors } from '../../text/vectors';
import { figureOf } from '../common/measure';
import { averagedSettings, averagedVectors } from './averagedVectors';
import type { Limits, TaskMeasures, TrainingTask } from './task';

async function main([file = '', architecture = '']: readonly string[]): Promise<void> {
  const task = JSON.parse(await readFile(file, 'utf8')) as TrainingTask;
  const rows = await readRows(task.rows);
  const heldOut = new Set(task.heldOut);
  const training = rows.filter((_, row) => !heldOut.has(row));
  const titles = task.heldOut.map((row) => (rows[row] as LabelledTitle).title);
  const vectors = await loadVectors(task.vectors);
  const isOwn = architecture === 'own';
  const hyperparameters = parseHyperparameters({
    architecture,
    seed: task.seed,
    ...(isOwn && averagedSettings),
  });
  const options = { vectors, pretrained: task.pretrained, ...(isOwn && { network: averagedVectors }) };
  const begun = performance.now();
  const trained = await trainClassifier({ training, validation: [] }, hyperparameters, options);
  const seconds = (performance.now() - begun) / 1000;
  const peakMegabytes = await readPeak();
  await saveArtifact(trained, task.model);
  // As a server has it.
  const classifier = await loadArtifact(task.model);
  const answers = classifier.predict(titles);
  await writeFile(task.predictions, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  askFor(classifier, titles, task.warmUp);
  const { median: microseconds } = figureOf(askFor(classifier, titles, task.questions));
  const modelMegabytes = await sizeOf(task.model);
  const version = `Node ${process.version}`;
  const measures: TaskMeasures = { seconds, peakMegabytes, modelMegabytes, microseconds, version };
  console.log(JSON.stringify(measures));
}

async function readRows(path: string): Promise<LabelledTitle[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as LabelledTitle);
}

/** Of this program alone, in megabytes: process.resourceUsage() also knows what the process was before it. */
async function readPeak(): Promise<number> {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1e6;
}

/** How long each answer takes, in microseconds. */
function askFor(classifier: Classifier, titles: readonly string[], { count, seconds }: Limits): number[] {
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < count && performance.now() < end) {
    const title = titles[times.length % titles.length] as string;
    const begun = performance.now();
    classifier.predict([title]);
    times.push((performance.now() - begun) * 1000);
  }
  return times;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
