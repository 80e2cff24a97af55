// Small things that several test files share: folders, rows, word vectors, comparisons. Used by tests only.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Headline, writeHeadlines } from '../data/headlines';
import { seededRandom } from '../data/random';
import type { Cell } from '../jupyter/format';
import { parseHyperparameters } from '../model/hyperparameters';
import { trainClassifier } from '../model/train';
import type { Classifier } from '../model/training/classifier';
import { UserError } from '../platform/errors';
import { projectFolder } from '../platform/paths';
import type { Channel, Session } from '../session/contract/session';
import type { WordVectors } from '../text/vectors';

const undoings = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs `undo` when the test has ended. Runs the last one first, unlike `t.after`, so that folders outlive their users. */
export function atEnd(t: TestContext, undo: () => unknown): void {
  const known = undoings.get(t);
  if (known) {
    known.unshift(undo);
    return;
  }
  const undos = [undo];
  undoings.set(t, undos);
  t.after(async () => {
    for (const next of undos) await next();
  });
}

/** Makes an empty folder with a space in its name, and removes it when the test has ended. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'headlines test-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A valid file name with characters that break careless programs. */
export const oddName = `it's "mine": läb 日本 $HOME 100%`;

/** Makes a folder read-only, creating it if needed. Returns false where this user cannot; its contents stay readable. */
export async function makeReadOnly(t: TestContext, folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  // Root writes where it likes, but not on a file system that is mounted read-only.
  const [mode, undo] =
    process.geteuid?.() === 0
      ? [spawnSync('mount', ['-o', 'bind,ro', folder, folder]), () => spawnSync('umount', ['--lazy', folder])]
      : [spawnSync('chmod', ['-R', 'a-w', folder]), () => spawnSync('chmod', ['-R', 'u+w', folder])];
  if (mode.status === 0) atEnd(t, undo);
  return mode.status === 0;
}

/** Mounts a file system in memory. Returns false where this user may not. */
export function mount(t: TestContext, folder: string, options: string): boolean {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (status === 0) atEnd(t, () => spawnSync('umount', ['--lazy', folder]));
  return status === 0;
}

/** Sets environment variables of this process, or with undefined removes them, until the test has ended. */
export function setEnvironment(
  t: TestContext,
  variables: Readonly<Record<string, string | undefined>>,
): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    atEnd(t, () => setVariable(name, before));
    setVariable(name, value);
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** Returns a check for assert.throws and assert.rejects: a {@link UserError} whose message holds all `parts`. */
export function userError(...parts: string[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof UserError, `expected a UserError, got ${error}`);
    for (const part of parts) assert.ok(error.message.includes(part), `no "${part}" in: ${error.message}`);
    return true;
  };
}

/** Asserts that each number of `actual` is within `tolerance` of the one in `expected`; both may be nested lists. */
export function assertClose(actual: Numbers, expected: Numbers, tolerance: number): void {
  const [left, right] = [flatten(actual), flatten(expected)];
  assert.equal(left.length, right.length);
  const far = left.findIndex((value, index) => !(Math.abs(value - (right[index] as number)) <= tolerance));
  assert.ok(far === -1, `number ${far} is ${left[far]} instead of ${right[far]} ± ${tolerance}`);
}

type Numbers = number | Float32Array | readonly Numbers[];

function flatten(numbers: Numbers): number[] {
  if (typeof numbers === 'number') return [numbers];
  return Array.from(numbers as readonly Numbers[], flatten).flat();
}

/** Returns word vectors from a table; other words are unknown. */
export function createVectors(table: Readonly<Record<string, readonly number[]>>): WordVectors {
  const vectors = new Map(Object.entries(table).map(([word, vector]) => [word, Float32Array.from(vector)]));
  return {
    dimensions: Object.values(table)[0]?.length ?? 0,
    words: [...vectors.keys()],
    lookup: (word) => vectors.get(word),
  };
}

/** Returns one row, with invented values for missing fields. */
export function createHeadline(fields: Partial<Headline> = {}): Headline {
  return {
    id: '1',
    title: 'Bank shares rise',
    url: 'http://www.example.com/1',
    publisher: 'The Example',
    category: 'Business',
    story: 'story1',
    hostname: 'www.example.com',
    timestamp: 1394470370698,
    ...fields,
  };
}

const topics: Readonly<Record<string, readonly string[]>> = {
  Business: ['shares', 'bank', 'profit', 'market', 'merger'],
  Entertainment: ['film', 'singer', 'drama', 'premiere', 'actor'],
  Health: ['doctor', 'vaccine', 'diet', 'clinic', 'nurse'],
};

/** Rows that are easy to tell apart: three categories by turns, three words of its topic in each title, three rows a story. */
export function createHeadlines(count: number, seed = 1): Headline[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, row) => {
    const [category, words] = Object.entries(topics)[row % 3] as [string, string[]];
    const title = [1, 2, 3].map(() => words[random.integer(words.length)]).join(' ');
    const story = `story${Math.floor(row / 9)}-${row % 3}`;
    return createHeadline({ id: String(row + 1), title, category, story });
  });
}

/** Vectors for the words of {@link createHeadlines}: one dimension for each topic, and one that tells a topic's words apart. */
export const topicVectors: WordVectors = createVectors(
  Object.fromEntries(
    Object.values(topics).flatMap((words, topic) =>
      words.map((word, index) => [word, [...[0, 1, 2].map((other) => Number(other === topic)), index / 5]]),
    ),
  ),
);

/** 64 rows in the four categories of the layout; the words of the fourth have no {@link topicVectors}. */
export function createCorpus(): Headline[] {
  const science = createHeadlines(16, 2).map((row) => ({
    ...row,
    id: `${row.id}00`,
    title: 'satellite reaches comet',
    category: 'Science & Technology',
    story: `comet-${row.story}`,
  }));
  return [...createHeadlines(48), ...science];
}

/** Writes {@link topicVectors} into a new folder, in the format of vectors.ts. */
export async function writeTopicVectors(folder: string): Promise<string> {
  const words = Object.values(topics).flat();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'words.txt'), `${words.join('\n')}\n`);
  const values = words.flatMap((word) => [...(topicVectors.lookup(word) as Float32Array)]);
  await writeFile(join(folder, 'vectors.f32'), Float32Array.from(values));
  return folder;
}

/** The folder of a pretrained transformer of two small blocks; make.py in it says how it was made. */
export const tinyBert = join(projectFolder, 'src', 'testing', 'fixtures', 'tiny-bert');

/** The channels of a quick training job: {@link createCorpus} and vectors for its words. */
export async function uploadCorpus(t: TestContext, session: Session): Promise<Channel[]> {
  const source = await temporaryFolder(t);
  await writeHeadlines(join(source, 'headlines.tsv'), createCorpus());
  return [
    await session.upload(join(source, 'headlines.tsv'), 'training'),
    await session.upload(await writeTopicVectors(join(source, 'vectors')), 'embeddings'),
  ];
}

/** Trains a classifier that tells the first three categories of {@link createCorpus} apart. */
export async function trainOnCorpus(): Promise<Classifier> {
  const hyperparameters = parseHyperparameters({
    architecture: 'mlp',
    epochs: 20,
    batch_size: 8,
    learning_rate: 0.01,
  });
  const rows = { training: createCorpus(), validation: [] };
  return await trainClassifier(rows, hyperparameters, { vectors: topicVectors });
}

/** Returns a port of this machine that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await promisify(probe.close.bind(probe))();
  return port;
}

/** Waits until a condition holds, looking every 50 ms. Gives up after two minutes, so that its process can end. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 120_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, `it is not so after two minutes: ${isSo}`);
    await setTimeout(50);
  }
}

/** A child process under test. */
export interface Program {
  readonly child: ChildProcess;
  /** Returns its output so far, both streams together. */
  output(): string;
  /** Resolves when it has written something that matches; rejects when it ends without. */
  until(pattern: RegExp): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts a program that ends with the test at the latest. It gets none of this process's SAGEMAKER_* variables. */
export function startProgram(
  t: TestContext,
  command: readonly string[],
  { environment = {}, detached = false }: { environment?: Record<string, string>; detached?: boolean } = {},
): Program {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SAGEMAKER_'));
  const [file = '', ...parameters] = command;
  const env = { ...Object.fromEntries(inherited), ...environment };
  const child = spawn(file, parameters, { env, detached, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    ended,
    output: () => output,
    async until(pattern) {
      let hasEnded = false;
      const end = () => {
        hasEnded = true;
      };
      void ended.then(end, end);
      await eventually(() => hasEnded || pattern.test(output));
      assert.match(output, pattern);
    },
  };
}

/** A notebook for the workshop's kernel. */
export function createNotebook(cells: readonly Cell[]) {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: 'tslab', display_name: 'TypeScript (text classification)', language: 'typescript' },
    },
    cells: cells.map((cell, index) => ({
      ...cell,
      id: `cell-${index}`,
      metadata: {},
      ...(cell.cell_type === 'code' && { execution_count: null, outputs: [] }),
    })),
  };
}

/** Returns a notebook of code cells. */
export function codeNotebook(sources: readonly string[]) {
  return createNotebook(sources.map((source) => ({ cell_type: 'code', source })));
}

/** The weights of a dense layer as the Keras fixture lists them: kernel [inputs, units], bias [units]. */
export interface DenseWeights {
  kernel: number[][];
  bias: number[];
}

/**
 * The fixture's layers as kernel, bias, kernel, bias, …, with `units` hidden units instead of the fixture's six.
 * The units added have zero weights on both sides, so they answer 0, get no gradient and change nothing.
 */
export function padLayers(layers: readonly DenseWeights[], units = 32): (number[] | number[][])[] {
  return layers.flatMap(({ kernel, bias }, index) => {
    const inputs = index === 0 ? kernel.length : units;
    const outputs = index === layers.length - 1 ? bias.length : units;
    const rows = Array.from({ length: inputs }, (_, row) => padWithZeros(kernel[row] ?? [], outputs));
    return [rows, padWithZeros(bias, outputs)];
  });
}

function padWithZeros(values: readonly number[], length: number): number[] {
  return Array.from({ length }, (_, index) => values[index] ?? 0);
}

/** Returns the processes that work on a folder below this one, according to the system and not the session. */
export function processesOver(folder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => environmentOf(pid).includes(`SAGEMAKER_BASE_DIR=${folder}/`));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
