// A small image of another kind than this project's, which keeps SageMaker's contract, and whatever a test breaks in it:
// `train` copies a table of words, `serve` looks a word up in it. Used by tests only.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CheckResult, ImageTestOptions } from '../image/check/options';
import { buildEnvironment, findDocker } from '../image/engine/command';
import { docker, testBase } from './docker';
import { atEnd, temporaryFolder } from './folders';

const train = `#!/usr/local/bin/node
const fs = require('node:fs');
const read = (file) => JSON.parse(fs.readFileSync('/opt/ml/input/' + file, 'utf8'));
const unquote = (text) => text.replaceAll('"', '');
try {
  const rounds = Number(unquote(read('config/hyperparameters.json').rounds));
  if (!Number.isInteger(rounds)) throw new Error('rounds is not a whole number');
  const words = read('data/words/words.json');
  const end = () => {
    fs.writeFileSync('/opt/ml/model/words.json', JSON.stringify(words));
    process.exit(0);
  };
  process.on('SIGTERM', end);
  setTimeout(end, rounds * 100);
} catch (error) {
  fs.writeFileSync('/opt/ml/output/failure', error.message);
  process.exitCode = 1;
}
`;

const serve = `#!/usr/local/bin/node
const fs = require('node:fs');
const words = JSON.parse(fs.readFileSync('/opt/ml/model/words.json', 'utf8'));
const answer = (word, response) => {
  response.statusCode = Object.hasOwn(words, word) ? 200 : 400;
  response.end(words[word] ?? 'unknown word');
};
const server = require('node:http').createServer((request, response) => {
  const ping = () => response.end();
  if (request.url === '/ping') return ping();
  let word = '';
  request.on('data', (part) => (word += part)).on('end', () => answer(word, response));
});
process.on('SIGTERM', () => server.close(() => process.exit(0)));
server.listen(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080);
`;

/** The options for testing the small image. */
export const smallImageOptions: ImageTestOptions = {
  channels: { words: { 'words.json': '{"oak": "tree", "rose": "flower"}' } },
  badChannels: { words: { 'words.json': 'oak: tree' } },
  hyperparameters: { rounds: '1' },
  badHyperparameters: { rounds: 'few' },
  longHyperparameters: { rounds: '600' },
  request: { contentType: 'text/plain', body: 'oak' },
  badRequest: { contentType: 'text/plain', body: 'stone' },
  seconds: { startUp: 5, trainingStop: 3, servingStop: 3 },
  onProgress: () => undefined,
};

export interface Changes {
  /** In each program, texts and what takes their place. */
  train?: Readonly<Record<string, string>>;
  serve?: Readonly<Record<string, string>>;
  /** Lines at the end of the Dockerfile. */
  lines?: readonly string[];
  /** @default linux/amd64 */
  platform?: string;
}

/** Builds the image with these changes and returns its name; it is removed when the test has ended. */
export async function buildSmallImage(t: TestContext, changes: Changes = {}): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeProgram(join(folder, 'train'), train, changes.train);
  await writeProgram(join(folder, 'serve'), serve, changes.serve);
  const { lines = [], platform = 'linux/amd64' } = changes;
  // Another platform needs a base of its own: an empty one will do.
  const base = platform === 'linux/amd64' ? testBase : 'scratch';
  const dockerfile = [
    `FROM ${base}`,
    'ENV PATH=/opt/program:/usr/local/bin:/usr/bin:/bin',
    'COPY train serve /opt/program/',
    ...lines,
  ];
  await writeFile(join(folder, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
  const name = `image-test-${randomUUID()}`;
  atEnd(t, () => docker('rmi', '--force', name));
  const { status, stderr } = spawnSync(
    findDocker(),
    ['build', '--platform', platform, '--tag', name, folder],
    {
      env: { ...process.env, ...buildEnvironment },
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, stderr);
  return name;
}

async function writeProgram(file: string, source: string, changes: Changes['train'] = {}): Promise<void> {
  let changed = source;
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(changed.includes(from), `there is no ${from} to change`);
    changed = changed.replaceAll(from, to);
  }
  await writeFile(file, changed);
  await chmod(file, 0o755);
}

/** The rows of a report with that result: check → detail. */
export function resultsOf(
  report: readonly CheckResult[],
  result: CheckResult['result'],
): Record<string, string> {
  const rows = report.filter((row) => row.result === result);
  return Object.fromEntries(rows.map(({ check, detail }) => [check, detail]));
}

/** Asserts that exactly these checks failed, with such details. */
export function assertFailures(
  report: readonly CheckResult[],
  expected: Readonly<Record<string, RegExp>>,
): void {
  const found = resultsOf(report, 'failed');
  assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), JSON.stringify(found));
  for (const [check, pattern] of Object.entries(expected)) assert.match(found[check] as string, pattern);
}
