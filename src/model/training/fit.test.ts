import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { createHeadlines, temporaryFolder, topicVectors, userError } from '../../testing/folders';
import { type Hyperparameters, parseHyperparameters } from '../hyperparameters';
import { type TrainingOptions, type TrainingRow, trainClassifier } from '../train';
import { openCheckpoints } from './checkpoints';
import type { Classifier } from './classifier';
import { fit } from './fit';
import type { EpochMetrics, TrainingProgress } from './metrics';
import type { TensorData } from './tensors';
import type { Trainer } from './trainer';

const hyperparameters = parseHyperparameters({
  architecture: 'mlp',
  epochs: 4,
  batch_size: 8,
  learning_rate: 0.01,
  vocabulary_size: 20,
  max_length: 4,
});

/** A trainer that learns nothing, with some things changed, and its task. */
function invented(changed: Partial<Trainer>): Trainer {
  return {
    beginEpoch: () => {},
    step: () => ({ loss: 1, right: 0 }),
    measure: () => ({ loss: 1, right: 0 }),
    weights: () => [Float32Array.of(1)],
    optimizer: () => [Float32Array.of(1)],
    restore: () => {},
    ...changed,
  };
}
const examples = { tokens: new Int32Array(10), labels: new Int32Array(10), maxLength: 1 };
const inventedTask = { training: examples, validation: examples, runKey: () => 'key' };

interface Rows {
  training: readonly TrainingRow[];
  validation: readonly TrainingRow[];
}

const rows: Rows = { training: createHeadlines(30), validation: createHeadlines(9, 2) };

/** Trains on the tiny set through trainClassifier(), with some things changed. */
function train(
  changed: Partial<Hyperparameters> = {},
  options: TrainingOptions = {},
  given: Partial<Rows> = {},
): Promise<Classifier> {
  return trainClassifier(
    { ...rows, ...given },
    { ...hyperparameters, ...changed },
    { vectors: topicVectors, ...options },
  );
}

function weights(classifier: Classifier): TensorData[] {
  return classifier.weights.map(({ data }) => data);
}

/** Options that end training when the epoch is over. */
function stopAfter(last: number): TrainingOptions {
  const stop = new AbortController();
  return { signal: stop.signal, onEpoch: ({ epoch }) => epoch === last && stop.abort() };
}

/** Options that end training at the first sign of progress. */
function stopWithin(isTime: (progress: TrainingProgress) => boolean): TrainingOptions {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    progressSeconds: 0,
    onProgress: (progress) => isTime(progress) && stop.abort(),
  };
}

/** Validation rows whose labels are wrong, so that accuracy falls from epoch to epoch where learning is this slow. */
const misleading = {
  validation: createHeadlines(30, 2).map((row) => ({
    ...row,
    category: row.category === 'Health' ? 'Business' : 'Health',
  })),
};
const slowly = { learning_rate: 0.001, seed: 2 };

test('an uninterrupted run keeps the last epoch, though an earlier one was better', async () => {
  const { description } = await train(slowly, {}, misleading);
  const accuracies = description.history.map((metrics) => metrics.validation_accuracy as number);
  assert.ok(Math.max(...accuracies.slice(1)) < (accuracies[0] as number), String(accuracies));
  assert.equal(description.trainedEpochs, 4);
});

test('a run that is stopped keeps the epoch of the best validation accuracy', async () => {
  const stopped = await train({ ...slowly, epochs: 9 }, stopAfter(4), misleading);
  assert.equal(stopped.description.history.length, 4);
  assert.equal(stopped.description.trainedEpochs, 1);
  assert.deepEqual(weights(stopped), weights(await train({ ...slowly, epochs: 1 }, {}, misleading)));
});

test('patience ends training that many epochs after the best one, whose weights are kept', async () => {
  for (const patience of [1, 3]) {
    const { description, ...classifier } = await train({ ...slowly, epochs: 9, patience }, {}, misleading);
    assert.equal(description.history.length, 1 + patience);
    assert.equal(description.trainedEpochs, 1);
    const shorter = await train({ ...slowly, epochs: 1 }, {}, misleading);
    assert.deepEqual(weights({ description, ...classifier }), weights(shorter));
  }
});

test('patience keeps the best epoch of a run that reaches its last one, too', async () => {
  const { description } = await train({ ...slowly, patience: 9 }, {}, misleading);
  assert.equal(description.history.length, 4);
  assert.equal(description.trainedEpochs, 1);
});

test('patience counts epochs before a checkpoint, and lets an exhausted run rest', async (t) => {
  const { checkpoints } = await openFolder(t);
  const changed = { ...slowly, epochs: 9, patience: 3 };
  await train(changed, { ...stopAfter(2), checkpoints }, misleading);
  const continued = await train(changed, { checkpoints }, misleading);
  assert.equal(continued.description.history.length, 4);
  const again = await train(changed, { checkpoints, onEpoch: () => assert.fail() }, misleading);
  assert.deepEqual(weights(again), weights(continued));
});

test('a run that is stopped within an epoch forgets what it has learnt in it', async () => {
  const options = stopWithin(({ epoch, examples }) => epoch === 3 && examples === 16);
  const stopped = await train({}, options, { validation: [] });
  assert.equal(stopped.description.history.length, 2);
  assert.equal(stopped.description.trainedEpochs, 2);
  assert.deepEqual(weights(stopped), weights(await train({ epochs: 2 }, {}, { validation: [] })));
});

test('without validation rows the epoch of the lowest training loss is kept', async () => {
  // Each title under two labels, so that the loss goes up and down.
  const training = [...rows.training, ...createHeadlines(30).map((row) => ({ ...row, category: 'Health' }))];
  const [changed, given] = [
    { learning_rate: 0.1, seed: 2 },
    { training, validation: [] },
  ];
  const stopped = await train({ ...changed, epochs: 9 }, stopAfter(5), given);
  const losses = stopped.description.history.map(({ loss }) => loss);
  const best = losses.indexOf(Math.min(...losses)) + 1;
  assert.ok(best < 5, `losses ${losses}`);
  assert.equal(stopped.description.trainedEpochs, best);
  assert.deepEqual(weights(stopped), weights(await train({ ...changed, epochs: best }, {}, given)));
});

test('a run that is stopped in its first epoch keeps what it has learnt until then', async () => {
  const stopped = await train(
    {},
    stopWithin(({ examples }) => examples === 16),
  );
  assert.deepEqual(stopped.description.history, []);
  assert.equal(stopped.description.trainedEpochs, 16 / 30);
  assert.notDeepEqual(weights(stopped), weights(await train({ learning_rate: 0 })));
  assert.equal(stopped.predict(['bank shares']).length, 1);
});

test('a signal from outside is heard within an epoch', async () => {
  const stop = new AbortController();
  const training = train({ batch_size: 1, epochs: 1000 }, { signal: stop.signal, onEpoch: begin });
  function begin(): void {
    setTimeout(() => stop.abort(), 1);
  }
  const { history } = (await training).description;
  assert.ok(history.length >= 1 && history.length < 5, `${history.length} epochs`);
});

test('a signal is heard while validation rows are measured; their epoch does not count', async () => {
  const validation = createHeadlines(30_000, 4);
  const stop = new AbortController();
  let asked = 0;
  const onProgress = ({ examples }: TrainingProgress) => {
    if (examples < 30) return;
    setTimeout(() => {
      asked = performance.now();
      stop.abort();
    }, 1);
  };
  const options = { signal: stop.signal, progressSeconds: 0, onProgress };
  const changed = { architecture: 'lstm', max_length: 100, epochs: 1 } as const;
  const { description } = await train(changed, options, { validation });
  const milliseconds = performance.now() - asked;
  assert.deepEqual(description.history, []);
  assert.equal(description.trainedEpochs, 1);
  // Measuring all of them takes many times as long.
  assert.ok(milliseconds < 5000, `${milliseconds} ms`);
});

test('a run that continues from a checkpoint ends as one that was never ended', async (t) => {
  for (const architecture of ['mlp', 'lstm', 'cnn'] as const) {
    for (const vectors of [topicVectors, undefined]) {
      const { folder, checkpoints, notices } = await openFolder(t);
      const changed = { architecture };
      await train(changed, { ...stopAfter(2), vectors, checkpoints });
      assert.equal((await readdir(folder)).length, 1);
      const epochs: EpochMetrics[] = [];
      const onEpoch = (metrics: EpochMetrics) => epochs.push(metrics);
      const continued = await train(changed, { vectors, checkpoints, onEpoch });
      const whole = await train(changed, { vectors });
      assert.deepEqual(
        epochs.map(({ epoch }) => epoch),
        [3, 4],
      );
      assert.deepEqual(weights(continued), weights(whole));
      // Layers without a name are numbered through a process.
      const described = ({ description }: Classifier) => ({ ...description, topology: undefined });
      assert.deepEqual(described(continued), described(whole));
      assert.match(notices.join('\n'), /continues after epoch 2/);
    }
  }
});

async function openFolder(t: TestContext) {
  const folder = await temporaryFolder(t);
  const notices: string[] = [];
  return { folder, notices, checkpoints: openCheckpoints(folder, (notice) => notices.push(notice)) };
}

test('a run that continues remembers the best epoch of before', async (t) => {
  const { checkpoints } = await openFolder(t);
  await train({ ...slowly, epochs: 9 }, { ...stopAfter(2), checkpoints }, misleading);
  const continued = await train({ ...slowly, epochs: 9 }, { ...stopAfter(4), checkpoints }, misleading);
  assert.equal(continued.description.history.length, 4);
  assert.equal(continued.description.trainedEpochs, 1);
  assert.deepEqual(weights(continued), weights(await train({ ...slowly, epochs: 1 }, {}, misleading)));
});

test('a finished run may be continued for more epochs, and is not trained again for as many', async (t) => {
  const { checkpoints } = await openFolder(t);
  await train({ epochs: 2 }, { checkpoints });
  const epochs: number[] = [];
  const onEpoch = ({ epoch }: EpochMetrics) => epochs.push(epoch);
  assert.deepEqual(
    weights(await train({ epochs: 2 }, { checkpoints, onEpoch })),
    weights(await train({ epochs: 2 })),
  );
  assert.deepEqual(epochs, []);
  assert.deepEqual(
    weights(await train({ epochs: 3 }, { checkpoints, onEpoch })),
    weights(await train({ epochs: 3 })),
  );
  assert.deepEqual(epochs, [3]);
});

test('a run of fewer epochs than its checkpoint has starts over', async (t) => {
  const { checkpoints } = await openFolder(t);
  await train({ epochs: 3 }, { checkpoints });
  const shorter = await train({ epochs: 2 }, { checkpoints });
  assert.deepEqual(weights(shorter), weights(await train({ epochs: 2 })));
});

const others: readonly [string, Partial<Hyperparameters>, TrainingOptions, Partial<Rows>][] = [
  ['hyperparameters', { learning_rate: 0.02 }, {}, {}],
  ['seed', { seed: 9 }, {}, {}],
  ['architecture', { architecture: 'lstm' }, {}, {}],
  ['training rows', {}, {}, { training: createHeadlines(30, 8) }],
  ['validation rows', {}, {}, { validation: createHeadlines(9, 8) }],
  ['word vectors', {}, { vectors: { ...topicVectors, lookup: () => Float32Array.of(1, 2, 3, 4) } }, {}],
];
for (const [what, changed, options, given] of others) {
  test(`a checkpoint of other ${what} is not continued, and stays`, async (t) => {
    const { folder, checkpoints, notices } = await openFolder(t);
    await train({ epochs: 1 }, { checkpoints });
    const [kept] = await readdir(folder);
    const anew = await train({ epochs: 2, ...changed }, { ...options, checkpoints }, given);
    assert.deepEqual(weights(anew), weights(await train({ epochs: 2, ...changed }, options, given)));
    assert.match(notices.join('\n'), /starts over/);
    assert.equal((await readdir(folder)).length, 2);
    assert.ok((await readdir(folder)).includes(kept as string));
  });
}

for (const [what, changed] of [
  ['training loss', { step: () => ({ loss: Number.NaN, right: 0 }) }],
  ['validation loss', { measure: () => ({ loss: Number.POSITIVE_INFINITY, right: 0 }) }],
  ['weight', { weights: () => [Float32Array.of(1, Number.NaN)] }],
  ['number of the optimizer', { optimizer: () => [Float32Array.of(Number.NEGATIVE_INFINITY)] }],
] as const) {
  for (const patience of [0, 3]) {
    test(`a ${what} that is not finite ends the run, and nothing of its epoch is kept; patience ${patience}`, async (t) => {
      const { folder, checkpoints, notices } = await openFolder(t);
      const trainer = invented({});
      trainer.beginEpoch = (epoch) => {
        if (epoch === 3) Object.assign(trainer, changed);
      };
      const epochs: number[] = [];
      await assert.rejects(
        fit(
          trainer,
          inventedTask,
          { ...hyperparameters, epochs: 5, patience },
          {
            checkpoints,
            onEpoch: ({ epoch }) => epochs.push(epoch),
          },
        ),
        userError('Training diverged in epoch 3', 'Lower learning_rate'),
      );
      assert.deepEqual(epochs, [1, 2]);
      assert.deepEqual(await readdir(folder), ['key-epoch-2.checkpoint']);
      const state = await checkpoints.load('key', 5);
      assert.equal(state?.epoch, 2, notices.join());
    });
  }
}

test('a run that is stopped in its first epoch fails if its weights are not finite', async () => {
  const stop = new AbortController();
  const trainer = invented({
    step: () => {
      stop.abort();
      return { loss: 1, right: 0 };
    },
    weights: () => [Float32Array.of(Number.NaN)],
  });
  await assert.rejects(
    fit(trainer, inventedTask, { ...hyperparameters, batch_size: 3 }, { signal: stop.signal }),
    userError('Training diverged in epoch 1'),
  );
});

for (const architecture of ['ensemble', 'mlp', 'lstm', 'cnn'] as const) {
  test(`${architecture} fails where its numbers are not finite`, async () => {
    const vectors = { ...topicVectors, lookup: () => new Float32Array(4).fill(Number.NaN) };
    await assert.rejects(
      train({ architecture, max_length: 8 }, { vectors }),
      userError('Training diverged in epoch 1', 'Lower learning_rate'),
    );
  });
}

test('an epoch with fewer rows leaves the others to the next, also in a resumed run', async (t) => {
  const none = { tokens: new Int32Array(0), labels: new Int32Array(0), maxLength: 1 };
  const run = async (options: TrainingOptions) => {
    const visited: number[] = [];
    const trainer = invented({
      step(_, rows) {
        visited.push(...rows);
        return { loss: 1, right: 0 };
      },
    });
    const task = { ...inventedTask, validation: none, rowsOfEpoch: 4 };
    await fit(trainer, task, { ...hyperparameters, epochs: 5, batch_size: 3 }, options);
    return visited;
  };
  const whole = await run({});
  for (const round of [whole.slice(0, 10), whole.slice(10)]) {
    assert.deepEqual(
      round.toSorted((a, b) => a - b),
      [...Array(10).keys()],
    );
  }
  const checkpoints = openCheckpoints(await temporaryFolder(t), () => {});
  const begun = await run({ checkpoints, ...stopAfter(2) });
  assert.deepEqual([...begun, ...(await run({ checkpoints }))], whole);
});
