import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSteps, followBuild } from './progress';

/** A clock that a test sets by hand, in milliseconds. */
function follow(lines: readonly string[], clock = { now: 0 }) {
  const progress = followBuild(() => clock.now);
  for (const line of lines) progress.read(line);
  return progress;
}

const output = [
  '#1 [internal] load build definition from Dockerfile',
  '#1 transferring dockerfile: 167B done',
  '#1 DONE 0.0s',
  '',
  '#2 [packages 1/3] FROM docker.io/library/node:24-slim',
  '#2 CACHED',
  '#3 [packages 2/3] RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache npm ci',
  '#3 sha256:45f4c49e2db98873678a65a79c7a8cea4d756cd36f33344de4e0ac10d19803fb',
  '#3 0.281 added 3 packages',
  '#4 [vectors 1/1] RUN convert',
  '#3 [packages 2/3] RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache npm ci',
  '#3 12.345 found 0 vulnerabilities',
  '#3 DONE 12.4s',
  '#5 exporting to image',
  '#5 DONE 0.1s',
];

test('a build’s output becomes steps with their times and logs, also where steps alternate', () => {
  const clock = { now: 0 };
  const progress = follow(output, clock);
  clock.now = 7000;
  const [base, install, convert, exporting, ...others] = progress.steps();
  assert.equal(others.length, 0);
  assert.equal(base?.status, 'cached');
  assert.deepEqual(
    { ...install, begun: 0 },
    {
      name: '[packages 2/3] RUN npm ci',
      status: 'done',
      seconds: 12.4,
      log: ['added 3 packages', 'found 0 vulnerabilities'],
      begun: 0,
    },
  );
  assert.equal(convert?.status, 'running');
  assert.equal(convert?.seconds, 7);
  assert.equal(exporting?.name, 'exporting to image');
  assert.equal(progress.failure(), undefined);
});

test('the description folds what was unchanged and leaves out what took no time', () => {
  const clock = { now: 0 };
  const progress = follow([...output, '#4 3.1 half way'], clock);
  clock.now = 9400;
  assert.deepEqual(describeSteps(progress.steps()), [
    'unchanged: 1 step(s)',
    ' 12.4 s  [packages 2/3] RUN npm ci',
    '    9 s  [vectors 1/1] RUN convert: half way',
  ]);
});

test('a failed step is the failure, with its reason; lines outside a step are messages', () => {
  const failing = ['#4 0.2 no such package', '#4 ERROR: executor failed running [convert]: exit code: 3'];
  const progress = follow([
    ...output,
    ...failing,
    '------',
    'executor failed running [convert]: exit code: 3',
  ]);
  const failure = progress.failure();
  assert.equal(failure?.name, '[vectors 1/1] RUN convert');
  assert.equal(failure?.reason, 'executor failed running [convert]: exit code: 3');
  assert.deepEqual(failure?.log, ['no such package']);
  assert.ok(progress.messages.includes('executor failed running [convert]: exit code: 3'));
  assert.match(describeSteps(progress.steps()).join('\n'), /RUN convert: failed$/m);
});

test('internal steps are not told, but one of them can be the failure', () => {
  const progress = follow([
    '#3 [internal] load metadata for docker.io/library/nothing:1',
    '#3 ERROR: pull access denied',
  ]);
  assert.equal(progress.steps().length, 0);
  assert.equal(progress.failure()?.reason, 'pull access denied');
});
