// The architecture minilm on a pretrained model of two small blocks: it learns, repeats itself, goes on, and refuses what it
// cannot use.
import assert from 'node:assert/strict';
import { cp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createHeadlines, temporaryFolder, tinyBert, userError } from '../../testing/folders';
import { loadArtifact, saveArtifact } from '../artifact';
import { type Hyperparameters, parseHyperparameters } from '../hyperparameters';
import { type TrainingOptions, trainClassifier } from '../train';
import { openCheckpoints } from '../training/checkpoints';
import type { EpochMetrics } from '../training/metrics';
import { createPieceEncoder, readWordPieces } from './wordPieces';

const rows = { training: createHeadlines(40), validation: createHeadlines(12, 2) };
const given = { architecture: 'minilm', epochs: 3, batch_size: 8, learning_rate: 0.01, max_length: 12 };

function train(changed: Partial<Hyperparameters> = {}, options: TrainingOptions = {}) {
  const hyperparameters = parseHyperparameters({ ...given, ...changed });
  return trainClassifier(rows, hyperparameters, { pretrained: tinyBert, ...options });
}

const bytes = ({ weights }: Awaited<ReturnType<typeof train>>) => weights.map(({ data }) => [...data]);

test('it learns the training rows, and its artifact answers the same', async (t) => {
  const epochs: EpochMetrics[] = [];
  const classifier = await train(
    { epochs: 20, learning_rate: 0.03 },
    { onEpoch: (metrics) => epochs.push(metrics) },
  );
  assert.ok(
    (epochs.at(-1) as EpochMetrics).loss < 0.8 * (epochs[0] as EpochMetrics).loss,
    JSON.stringify(epochs),
  );
  const titles = rows.training.map(({ title }) => title);
  const predictions = classifier.predict(titles);
  const right = predictions.filter(({ result }, row) => result === rows.training[row]?.category).length;
  assert.ok(right > 25, `${right} of 40`);

  const folder = join(await temporaryFolder(t), 'model');
  await saveArtifact(classifier, folder);
  const loaded = await loadArtifact(folder);
  assert.deepEqual(loaded.predict(titles), predictions);
  assert.deepEqual(
    titles.map((title) => loaded.predict([title])[0]?.result),
    predictions.map(({ result }) => result),
  );
});

test('the same seed gives the same bits, another seed others, and a run that goes on those of one that was not stopped', async (t) => {
  const whole = bytes(await train());
  assert.deepEqual(bytes(await train()), whole);
  assert.notDeepEqual(bytes(await train({ seed: 2 })), whole);
  const checkpoints = openCheckpoints(await temporaryFolder(t), () => {});
  const stop = new AbortController();
  const begun = await train(
    {},
    { checkpoints, signal: stop.signal, onEpoch: ({ epoch }) => epoch === 2 && stop.abort() },
  );
  assert.equal(begun.description.history.length, 2);
  assert.deepEqual(bytes(await train({}, { checkpoints })), whole);
});

test('it says how many texts it cuts', async () => {
  const notes: string[] = [];
  const long = { ...rows.training[0], title: 'film '.repeat(11), category: 'Business' };
  const fitting = { ...long, title: 'film '.repeat(10) };
  await trainClassifier(
    { training: [...rows.training, long, fitting], validation: [] },
    parseHyperparameters({ ...given, epochs: 1 }),
    { pretrained: tinyBert, notify: (note) => notes.push(note) },
  );
  assert.match(
    notes.join(),
    /^Training texts that max_length cuts to their first 10 pieces of words: \d+ of 42\.$/,
  );
  const [, cut] = /: (\d+) of/.exec(notes.join()) ?? [];
  const encode = createPieceEncoder(
    readWordPieces(JSON.parse(await readFile(join(tinyBert, 'tokenizer.json'), 'utf8'))),
    100,
  );
  const lengths = [...rows.training, long, fitting].map(
    ({ title }) => encode([title]).filter((index) => index !== 0).length,
  );
  assert.equal(Number(cut), lengths.filter((length) => length > 12).length);
});

test('class weights change what it learns', async () => {
  const training = rows.training.filter(({ category }, row) => category !== 'Business' || row % 3 === 0);
  const trained = (class_weights: 'none' | 'balanced') =>
    trainClassifier({ ...rows, training }, parseHyperparameters({ ...given, class_weights }), {
      pretrained: tinyBert,
    });
  assert.notDeepEqual(bytes(await trained('balanced')), bytes(await trained('none')));
});

async function copy(t: TestContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'pretrained');
  await cp(tinyBert, folder, { recursive: true });
  return folder;
}

async function changeJson(path: string, change: object): Promise<void> {
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }));
}

const unusable: [name: string, spoil: (folder: string) => Promise<unknown>, parts: string[]][] = [
  [
    'no folder',
    (folder) => rm(folder, { recursive: true }),
    ['config.json: it is missing', 'npm run setup -- minilm'],
  ],
  [
    'weights without a tokenizer',
    (folder) => rm(join(folder, 'tokenizer.json')),
    ['tokenizer.json: it is missing'],
  ],
  [
    'a tokenizer with more pieces than vectors',
    (folder) => changeJson(join(folder, 'config.json'), { vocab_size: 80 }),
    ['tokenizer.json: it has 89 pieces', '80'],
  ],
  [
    'another kind of model',
    (folder) => changeJson(join(folder, 'config.json'), { model_type: 'roberta' }),
    ['config.json: its model_type is "roberta" instead of "bert"'],
  ],
  [
    'another activation',
    (folder) => changeJson(join(folder, 'config.json'), { hidden_act: 'relu' }),
    ['its hidden_act is "relu"'],
  ],
  [
    'heads that do not divide the vectors',
    (folder) => changeJson(join(folder, 'config.json'), { num_attention_heads: 5 }),
    ['5 heads do not divide'],
  ],
  [
    'more blocks than its tensors',
    (folder) => changeJson(join(folder, 'config.json'), { num_hidden_layers: 3 }),
    ['model.safetensors: it has no tensor encoder.layer.2.attention.self.query.weight'],
  ],
  [
    'tensors of another shape',
    (folder) => changeJson(join(folder, 'config.json'), { intermediate_size: 24 }),
    ['encoder.layer.0.intermediate.dense.weight is [20, 12] instead of [24, 12]'],
  ],
  [
    'a configuration that is not JSON',
    (folder) => writeFile(join(folder, 'config.json'), '{'),
    ['not a JSON object'],
  ],
  [
    'weights that were cut off',
    async (folder) => {
      const path = join(folder, 'model.safetensors');
      await truncate(path, (await stat(path)).size - 8);
    },
    ['model.safetensors: it has', 'bytes, and its header describes'],
  ],
];
for (const [name, spoil, parts] of unusable) {
  test(`an error before training: ${name}`, async (t) => {
    const folder = await copy(t);
    await spoil(folder);
    const onEpoch = () => assert.fail('it has trained');
    await assert.rejects(train({}, { pretrained: folder, onEpoch }), userError(...parts));
  });
}

test('an error before training: no pretrained model, too long or too short texts, too little memory', async (t) => {
  const { pretrained: _, ...without } = { pretrained: undefined };
  await assert.rejects(
    trainClassifier(rows, parseHyperparameters(given), without),
    userError(
      'needs a pretrained model',
      'npm run setup -- minilm',
      "session.upload('../data/minilm', 'pretrained')",
    ),
  );
  await assert.rejects(train({ max_length: 17 }), userError('max_length is 17', '16 positions'));
  await assert.rejects(train({ max_length: 2 }), userError('max_length is 2', 'at least 3'));
  t.mock.method(process, 'constrainedMemory', () => 1e8);
  await assert.rejects(train(), userError('Fine-tuning this pretrained model takes about', 'batch_size'));
});
