// Fuzzing, third part: model artifacts with changes. Loading each must end soon, with a UserError or a model that predicts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkProbabilities } from '../../container/serving/warmUp';
import { type Random, seededRandom } from '../../data/random';
import { loadArtifact } from '../../model/artifact';
import { UserError } from '../../platform/errors';

const titles = ['bank profit', '', '__proto__ constructor', '\ud800', 'film '.repeat(500)];

/** Replacements for a value. */
const values: readonly unknown[] = [
  ...[null, true, 0, -1, 1, 0.5, 2, 1e9, 2 ** 31, 2 ** 53, 1e308, '', 'a', '__proto__', '../../etc/passwd'],
  ...[[], {}, [[]], [null], [1], ['a', 'a'], { length: 1e9 }, Array.from({ length: 1000 }, () => 'a')],
];

/** Replacements that mean something in a network's layers. */
const settings: readonly unknown[] = [
  ...['Dense', 'GRU', 'Embedding', 'Flatten', 'Bidirectional', 'RepeatVector', 'Model', 'Lambda', 'RNN'],
  ...['causal', 'same', 'channelsFirst', 'sigmoid', 'softmax', 'hard_sigmoid', 'sum', 'embedding', 'output'],
  ...[3, 20, 1e5, 1e7, 2 ** 30, -2, [1e5], [1e4, 1e4], [null, 1e6], [-1, 3], [['embedding', 0, 0, {}]]],
  { class_name: 'Zeros', config: {} },
  { class_name: 'Dense', config: { name: 'inner', units: 1e6 } },
];

/**
 * Changes the artifact in `folder` and loads it, `inputs` times. Throws if a change leads to anything but a UserError or a
 * model that predicts.
 */
export async function fuzzArtifact(folder: string, inputs: number, seed: number): Promise<number> {
  const random = seededRandom(seed);
  const [descriptionPath, weightsPath] = [join(folder, 'classifier.json'), join(folder, 'weights.bin')];
  const [description, weights] = [await readFile(descriptionPath), await readFile(weightsPath)];
  for (let input = 0; input < inputs; input++) {
    const changed = changeArtifact(random, description, weights);
    await writeFile(descriptionPath, changed.description);
    // The weights of an ensemble are long, and mostly unchanged.
    if (changed.weights !== weights) await writeFile(weightsPath, changed.weights);
    await loadChanged(folder, changed.words);
    if (changed.weights !== weights) await writeFile(weightsPath, weights);
  }
  await writeFile(descriptionPath, description);
  return inputs;
}

async function loadChanged(folder: string, words: string): Promise<void> {
  try {
    const classifier = await loadArtifact(folder);
    checkProbabilities(classifier);
    for (const { result, probabilities } of classifier.predict(titles)) {
      assert.ok(Object.hasOwn(probabilities, result), `${result} is not a label`);
    }
  } catch (error) {
    if (error instanceof UserError && /cannot be used/.test(error.message)) return;
    throw new Error(`An artifact with ${words} gave an unexpected error`, { cause: error });
  }
}

interface ChangedArtifact {
  description: string | Buffer;
  weights: Buffer;
  words: string;
}

function changeArtifact(random: Random, description: Buffer, weights: Buffer): ChangedArtifact {
  const kind = random.integer(4);
  if (kind === 0)
    return {
      description: changeBytes(random, description),
      weights,
      words: 'other bytes in its description',
    };
  if (kind === 1)
    return { description, weights: changeBytes(random, weights), words: 'other bytes in its weights' };
  const manifest = JSON.parse(description.toString());
  // With a valid checksum, as if the weights had been changed on purpose.
  const changed = kind === 2 ? changeBytes(random, weights) : weights;
  const isLayers = 'topology' in manifest && random.integer(2) === 0;
  const change = () => {
    const layers = isLayers && (manifest.topology?.config?.layers ?? manifest.topology?.config);
    return layers && typeof layers === 'object'
      ? changeValue(random, layers, [...values, ...settings], '/layers')
      : changeValue(random, manifest, values);
  };
  const words = [change(), ...(random.integer(3) === 0 ? [change()] : [])];
  if (kind === 2 && typeof manifest.weights?.sha256 === 'string') {
    manifest.weights.sha256 = createHash('sha256').update(changed).digest('hex');
  }
  return { description: JSON.stringify(manifest), weights: changed, words: words.join(' and ') };
}

function changeBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.integer(bytes.length);
  if (random.integer(3) === 0) return bytes.subarray(0, at);
  const changed = Buffer.from(bytes);
  // All ones in a row are a float that is not a number.
  const end = Math.min(bytes.length, at + 1 + random.integer(8));
  changed.fill(random.integer(2) === 0 ? 0xff : random.integer(256), at, end);
  return changed;
}

/** Puts another value somewhere below `tree`, and returns where. */
function changeValue(
  random: Random,
  tree: Record<string, unknown>,
  replacements: readonly unknown[],
  path = '',
): string {
  const keys = Object.keys(tree);
  const key = keys[random.integer(keys.length)];
  if (key === undefined) return `nothing changed at ${path}`;
  const value = tree[key];
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (isInner && random.integer(8) > 0) {
    return changeValue(random, value as typeof tree, replacements, `${path}/${key}`);
  }
  if (random.integer(6) === 0) {
    delete tree[key];
    return `no ${path}/${key}`;
  }
  // A copy, since a later change may go into it.
  tree[key] = structuredClone(replacements[random.integer(replacements.length)]);
  return `${path}/${key} ${JSON.stringify(tree[key])?.slice(0, 60)}`;
}
