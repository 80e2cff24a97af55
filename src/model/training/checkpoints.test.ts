import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../testing/folders';
import { openCheckpoints, type TrainingState } from './checkpoints';

const key = '0123456789abcdef';

function createState(epoch: number): TrainingState {
  return {
    epoch,
    history: Array.from({ length: epoch }, (_, index) => ({ epoch: index + 1, loss: 1 / 3, accuracy: 0.1 })),
    weights: [Float32Array.of(epoch, 1 / 3), Float32Array.of()],
    optimizer: [Float32Array.of(-1e-38)],
    best: { epoch: 1, weights: [Float32Array.of(7, 8), Float32Array.of()] },
  };
}

async function openFolder(t: TestContext) {
  const folder = await temporaryFolder(t);
  const notices: string[] = [];
  return { folder, notices, checkpoints: openCheckpoints(folder, (notice) => notices.push(notice)) };
}

test('load() returns the state that save() wrote last, bit for bit', async (t) => {
  const { checkpoints, notices } = await openFolder(t);
  for (const epoch of [1, 2, 10]) await checkpoints.save(key, createState(epoch));
  assert.deepEqual(await checkpoints.load(key, 10), createState(10));
  assert.match(notices.join(), /continues after epoch 10/);
});

test('load() skips a checkpoint with a number that is not finite', async (t) => {
  const { checkpoints, notices } = await openFolder(t);
  for (const place of ['weights', 'optimizer'] as const) {
    await checkpoints.save(key, { ...createState(2), [place]: [Float32Array.of(1, Number.NaN)] });
    assert.equal(await checkpoints.load(key, 10), undefined);
  }
  assert.match(notices.join(), /is damaged and was skipped/);
});

test('load() says nothing where there is nothing', async (t) => {
  const { checkpoints, notices } = await openFolder(t);
  assert.equal(await checkpoints.load(key, 10), undefined);
  assert.deepEqual(notices, []);
});

test('save() leaves one whole file of the run, and those of other runs', async (t) => {
  const { folder, checkpoints } = await openFolder(t);
  await checkpoints.save('fedcba9876543210', createState(3));
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await writeFile(join(folder, `${key}-epoch-1.checkpoint.unfinished`), 'half');
  await checkpoints.save(key, createState(1));
  await checkpoints.save(key, createState(2));
  assert.deepEqual((await readdir(folder)).sort(), [
    `${key}-epoch-2.checkpoint`,
    'fedcba9876543210-epoch-3.checkpoint',
    'notes.txt',
  ]);
});

test('load() skips a run’s later epochs and other runs, and says that training starts over', async (t) => {
  const { checkpoints, notices } = await openFolder(t);
  await checkpoints.save(key, createState(3));
  assert.equal(await checkpoints.load(key, 2), undefined);
  assert.equal(await checkpoints.load('fedcba9876543210', 3), undefined);
  assert.equal(notices.length, 2);
  for (const notice of notices) assert.match(notice, /starts over: none of the 1 checkpoint/);
});

const damages: readonly [string, (bytes: Buffer) => Uint8Array | string][] = [
  ['an empty file', () => ''],
  ['half a file', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['a flipped bit', (bytes) => bytes.map((byte, index) => (index === bytes.length - 3 ? byte ^ 1 : byte))],
  ['something else', () => 'not a checkpoint\n'],
  ['a line more', (bytes) => Buffer.concat([bytes, Buffer.from('\n')])],
];
for (const [what, damage] of damages) {
  test(`load() skips a damaged checkpoint for the one before: ${what}`, async (t) => {
    const { folder, checkpoints, notices } = await openFolder(t);
    const [earlier, later] = [1, 2].map((epoch) => join(folder, `${key}-epoch-${epoch}.checkpoint`)) as [
      string,
      string,
    ];
    await checkpoints.save(key, createState(1));
    await rename(earlier, `${folder}.kept`);
    await checkpoints.save(key, createState(2));
    await rename(`${folder}.kept`, earlier);
    await writeFile(later, damage(await readFile(later)));
    assert.deepEqual(await checkpoints.load(key, 9), createState(1));
    assert.ok(notices[0]?.includes(`${later} is damaged`), notices.join('\n'));
    await writeFile(earlier, '');
    assert.equal(await checkpoints.load(key, 9), undefined);
    assert.match(notices.at(-1) as string, /starts over/);
  });
}

test('a folder that cannot be used is told, and fails nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const notices: string[] = [];
  const file = join(folder, 'file');
  await writeFile(file, '');
  const checkpoints = openCheckpoints(file, (notice) => notices.push(notice));
  assert.equal(await checkpoints.load(key, 9), undefined);
  await checkpoints.save(key, createState(1));
  assert.match(notices[0] as string, /starts over: .*cannot be read \(ENOTDIR/);
  assert.match(notices[1] as string, /epoch 1 could not be saved \(ENOTDIR.*training continues/);
});

test('what cannot be written leaves the checkpoint before it', async (t) => {
  const { folder, checkpoints, notices } = await openFolder(t);
  await checkpoints.save(key, createState(1));
  await mkdir(join(folder, `${key}-epoch-2.checkpoint`));
  await checkpoints.save(key, createState(2));
  assert.match(notices[0] as string, /epoch 2 could not be saved/);
  assert.deepEqual(await checkpoints.load(key, 9), createState(1));
  assert.match(notices[1] as string, /epoch-2.checkpoint is damaged and was skipped/);
});
