// What the notebooks show as committed: their size, the lines of code, and the tools and requests that a reader must see.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { AwsContext } from '../session/aws/account/context';
import { describeJob } from '../session/aws/jobs/request';
import type { Cell, Notebook } from './format';
import { chooseNotebook, otherNotebooks, workshopNotebook } from './run';

/** A cell's text, and whether it is code. */
interface Read {
  text: string;
  isCode: boolean;
}

function read(path: string): Read[] {
  const { cells } = JSON.parse(readFileSync(path, 'utf8')) as Notebook;
  return cells.map(({ cell_type, source }: Cell) => ({
    text: [source].flat().join(''),
    isCode: cell_type === 'code',
  }));
}

/** Returns the code and the prose of each part of the workshop, from its heading to the next part's. */
function partsOf(cells: readonly Read[]): { code: string; prose: string }[] {
  const starts = cells.flatMap(({ text }, at) => (/^## Part \d/.test(text) ? [at] : []));
  return starts.map((start, at) => {
    const part = cells.slice(start, starts[at + 1]);
    const textOf = (isCode: boolean) => part.filter((cell) => cell.isCode === isCode).map(({ text }) => text);
    return { code: textOf(true).join('\n'), prose: textOf(false).join('\n') };
  });
}

const paths = [workshopNotebook, ...otherNotebooks.values()];

for (const path of paths) {
  const name = basename(path);
  const cells = read(path);

  test(`${name} has no line of code over 96 characters, and no long cell`, () => {
    const code = cells.filter(({ isCode }) => isCode);
    const long = code.flatMap(({ text }) => text.split('\n')).filter((line) => line.length > 96);
    assert.deepEqual(long, []);
    assert.deepEqual(
      code.map(({ text }) => text).filter((text) => text.split('\n').length > 30),
      [],
    );
  });

  test(`${name} computes its figures, or says that they were measured elsewhere`, () => {
    const prose = cells.filter(({ isCode }) => !isCode).flatMap(({ text }) => text.split('\n'));
    const figures = prose.filter((line) => /\d(\.\d+)?%/.test(line) && !/95%/.test(line));
    assert.deepEqual(
      figures.filter((line) => !/[Mm]easured|example/.test(line)),
      [],
    );
  });

  test(`${name} starts on its own and says how to reach AWS and what that costs`, () => {
    const code = cells.filter(({ isCode }) => isCode).map(({ text }) => text);
    assert.match(code[0] ?? '', /from '\.\.\/dist\/index';/);
    assert.match(code.join('\n'), /openSession\(/);
    assert.match(code.join('\n'), /loadDataset\(/);
    assert.match(cells.map(({ text }) => text).join('\n'), /openSession\(\{ kind: 'aws', budget: \d+ \}\)/);
  });
}

test('the workshop has about 85 cells, and the others fewer', () => {
  const [workshop = 0, ...others] = paths.map((path) => read(path).length);
  assert.ok(workshop >= 75 && workshop <= 100, `${workshop} cells`);
  for (const cells of others) assert.ok(cells < 60, `${cells} cells`);
});

test('each part of the workshop says how long it takes and what it costs', () => {
  const parts = partsOf(read(workshopNotebook));
  assert.equal(parts.length, 4);
  for (const { prose } of parts) assert.match(prose, /^## Part \d\. .+\n\n\*\d+ minutes.*(billed|pay|cents)/);
});

test('each part of the workshop shows its tools and requests in its cells', () => {
  const inSight: RegExp[][] = [
    [
      /dfd\.readCSV\(/,
      /\.groupby\(/,
      /valueCounts\(/,
      /\.query\(/,
      /dfd\.merge\(/,
      /data: \[\{ type: 'bar'/,
      /type: 'scatter'/,
    ],
    [/container\/Dockerfile/, /buildImage\(/, /testImage\(/, /publishImage\(/],
    [
      /tf\.sequential\(/,
      /\.summary\(\)/,
      /\.compile\(/,
      /\.fit\(/,
      /train_local\.sh/,
      /serve_local\.sh/,
      /predict\.sh/,
      /input\.json/,
      /fetch\(`\$\{url\}\/invocations`/,
    ],
    [
      /TrainingJobName:/,
      /JSON\.stringify\(request/,
      /session\.train\(/,
      /epochs: 20/,
      /patience: 2/,
      /session\.deploy\(/,
      /cleanUp\(/,
    ],
  ];
  for (const [at, { code }] of partsOf(read(workshopNotebook)).entries()) {
    for (const tool of inSight[at] ?? []) assert.match(code, tool, `part ${at + 1}`);
  }
  const prose = partsOf(read(workshopNotebook)).map((part) => part.prose);
  for (const [at, text] of [/--target/, /\/opt\/ml/].entries()) assert.match(prose[1] ?? '', text, `${at}`);
  assert.match(prose[3] ?? '', /CreateTrainingJobCommand\(request as /);
});

test('the request that the workshop shows has only members that a session on AWS sends', () => {
  const cell = read(workshopNotebook).find(({ text }) => text.includes('TrainingJobName:'))?.text ?? '';
  const channels = [{ name: 'training', uri: 's3://bucket/channels/training/' }];
  const print = `${cell.replace(/^console\.log.*$/m, '')}\nreturn request;`;
  const shown = new Function('channels', print)(channels) as Record<string, unknown>;
  const context = { options: {}, bucket: { Bucket: 'bucket' } } as unknown as AwsContext;
  const job = { image: 'image', channels, instances: ['ml.c5.2xlarge'], RoleArn: 'role', minutes: 30 };
  const sent = { TrainingJobName: '', HyperParameters: {}, ...describeJob(context, { ...job, spot: false }) };
  const { HyperParameters, ...rest } = shown;
  for (const value of Object.values(HyperParameters as object)) assert.equal(typeof value, 'string');
  assert.deepEqual(
    pathsOf(rest).filter((path) => !pathsOf(sent).includes(path)),
    [],
  );
});

/** Returns the path of every member, such as ResourceConfig.InstanceCount. */
function pathsOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  const members = Object.entries(value).flatMap(([name, member]) => pathsOf(member, `${prefix}.${name}`));
  return [prefix, ...members];
}

test('chooseNotebook() knows the three notebooks and names them to a user who mistypes', () => {
  assert.deepEqual([undefined, 'evaluation', 'scale'].map(chooseNotebook), paths);
  assert.throws(() => chooseNotebook('evalution'), /Give no name for the workshop, or evaluation or scale\./);
});
