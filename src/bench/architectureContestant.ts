// One architecture, trained and measured in a process of its own: `architectureContestant.js NAME SEEDS`.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveArtifact } from '../artifact';
import type { Classifier } from '../classifier';
import { loadDataset } from '../dataset';
import { evaluate } from '../evaluate';
import { mean } from '../format';
import { parseHyperparameters } from '../hyperparameters';
import { splitByStory } from '../split';
import { trainClassifier } from '../train';
import { loadVectors } from '../vectors';

/** One at a time, after as many to warm up. */
const questions = 300;

async function main(): Promise<void> {
  const [architecture = '', seeds = '1'] = process.argv.slice(2);
  const { headlines } = await loadDataset();
  const vectors = await loadVectors();
  const outcomes: Record<string, number>[] = [];
  for (let seed = 1; seed <= Number(seeds); seed++) {
    const split = splitByStory(headlines, { seed });
    const begun = performance.now();
    const classifier = await trainClassifier(split, parseHyperparameters({ architecture, seed }), {
      vectors,
    });
    const seconds = (performance.now() - begun) / 1000;
    const titles = split.validation.map(({ title }) => title);
    const { accuracy, macroF1 } = evaluate(split.validation, classifier.predict(titles), { rounds: 1 });
    outcomes.push({
      accuracy,
      'macro F1': macroF1,
      'training s': seconds,
      'artifact MB': await sizeOf(classifier),
      'one headline µs': latencyOf(classifier, titles),
    });
  }
  const names = Object.keys(outcomes[0] ?? {});
  const means = names.map((name) => [name, mean(outcomes.map((outcome) => outcome[name] as number))]);
  console.log(JSON.stringify({ ...Object.fromEntries(means), version: process.version }));
}

async function sizeOf(classifier: Classifier): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-'));
  try {
    await saveArtifact(classifier, folder);
    const files = await readdir(folder);
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
    return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The median of one-headline questions, in microseconds. */
function latencyOf(classifier: Classifier, titles: readonly string[]): number {
  const times = Array.from({ length: 2 * questions }, (_, question) => {
    const begun = performance.now();
    classifier.predict([titles[question % titles.length] as string]);
    return (performance.now() - begun) * 1000;
  });
  const sorted = times.slice(questions).sort((one, other) => one - other);
  return sorted[Math.floor(questions / 2)] as number;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
