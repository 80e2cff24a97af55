// Runs tests: `npm test`, `npm test -- PATTERN`, `npm run test:quick`. Independent files run side by side; files that need
// something exclusive run one after another, in parallel with them. The last lines count what was skipped, and for want of what.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { isExclusive, isQuick } from './needs.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const parallel = Math.min(4, Math.max(2, os.availableParallelism()));
/** Node 20's reason for a test whose name does not match; later versions leave such tests out. */
const otherName = 'test name does not match pattern';
const totalLine = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

/** Returns every test's source, as a path below the project. */
function allTests() {
  const files = fs.readdirSync(path.join(root, 'src'), { recursive: true });
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `src/${file}`)
    .sort();
}

/** Chooses the files whose path contains the pattern, else the tests whose name matches it. */
function choose(pattern) {
  const tests = allTests();
  if (pattern === '--quick') return { files: tests.filter((file) => isQuick(path.join(root, file))) };
  if (pattern === undefined) return { files: tests };
  const named = tests.filter((file) => file.includes(pattern.replace(/\.js$/, '.ts')));
  if (named.length > 0) return { files: named };
  const holds = (file) => fs.readFileSync(path.join(root, file), 'utf8').includes(pattern);
  const escaped = pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return { files: tests.filter(holds), testNamePatterns: new RegExp(escaped) };
}

/** The totals that Node prints at the end of a run, which `.ci/run` reads. */
const totals = new Map();
/** Counts of skipped tests, by reason. */
const skipped = new Map();
const add = (counts, key, count = 1) => counts.set(key, (counts.get(key) ?? 0) + count);

/** Starts files; events wait until they are read. */
function start(files, options) {
  const compiled = files.map((file) => path.join(root, file.replace(/^src\/(.+)\.ts$/, 'dist/$1.js')));
  return run({ files: compiled, ...options });
}

/** Yields a run's events, except for its totals, which are added to those of the other run, and for other tests' names. */
async function* eventsOf(running) {
  let started;
  for await (const event of running) {
    const { type, data } = event;
    const total = type === 'test:diagnostic' && data.nesting === 0 && totalLine.exec(data.message);
    if (total) add(totals, total[1], Number(total[2]));
    else if (type === 'test:pass' && data.skip === otherName) {
      add(totals, 'tests', -1);
      add(totals, 'skipped', -1);
      started = undefined;
    } else if (type !== 'test:summary') {
      if (started) yield started;
      started = type === 'test:start' ? event : undefined;
      if (type === 'test:pass' && data.skip) add(skipped, data.skip);
      if (!started) yield event;
    }
  }
}

async function* allEvents({ files, ...options }) {
  const exclusive = files.filter((file) => isExclusive(path.join(root, file)));
  const independent = files.filter((file) => !exclusive.includes(file));
  const runs = [];
  if (exclusive.length > 0) runs.push(start(exclusive, { ...options, concurrency: 1 }));
  if (independent.length > 0) runs.push(start(independent, { ...options, concurrency: parallel }));
  for (const running of runs) yield* eventsOf(running);
}

function printTotals() {
  for (const [name, count] of totals) console.log(`ℹ ${name} ${count}`);
  for (const [reason, count] of skipped) {
    console.log(`Skipped ${count}: ${reason === true ? 'no reason given' : reason}`);
  }
}

const [pattern] = process.argv.slice(2);
if (pattern === undefined) {
  const { status } = spawnSync('npm', ['run', '--silent', 'check'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
await pipeline(Readable.from(allEvents(choose(pattern))), new Spec(), process.stdout, { end: false });
printTotals();
const failed = (totals.get('fail') ?? 0) + (totals.get('cancelled') ?? 0);
const ran = totals.get('tests') ?? 0;
if (ran === 0) console.error(`No test file's path and no test's name contains "${pattern}".`);
process.exitCode = failed > 0 || ran === 0 ? 1 : 0;
