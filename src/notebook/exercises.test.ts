import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import type { Endpoint, TrainingJobDescription } from '../session/contract/session';
import { createHeadline, createHeadlines, temporaryFolder } from '../testing/folders';
import { tinyNetwork } from '../testing/tinyNetwork';
import {
  describeCheck,
  missingFromBetter,
  missingFromCopies,
  missingFromJobFolder,
  missingFromOwnNetwork,
  missingFromTrained,
} from './exercises';

const training = ['Bank: up', 'Flu', 'Bank up'].map((title) => createHeadline({ title }));
const validation = ['bank up', 'Bank up', 'Comet'].map((title) => createHeadline({ title }));
const split = { training, validation };
const splits = { random: split, byStory: { training, validation: [createHeadline({ title: 'Comet' })] } };

test('exercise 1 explains a wrong answer and accepts the right one', () => {
  assert.deepEqual(missingFromCopies({ random: 2, byStory: 0 }, splits), []);
  assert.match(String(missingFromCopies(undefined, splits)), /still undefined/);
  assert.match(
    String(missingFromCopies({ random: 1, byStory: 0 }, splits)),
    /as they are; compare them normalised/,
  );
  assert.match(String(missingFromCopies({ random: 9, byStory: 0 }, splits)), /is 9; there are fewer/);
  assert.match(String(missingFromCopies({ random: 2 }, splits)), /byStory` is not a number/);
});

test('exercise 2 says step by step what a job’s folder lacks', async (t) => {
  const folder = await temporaryFolder(t);
  const missing = async () => String(await missingFromJobFolder(folder));
  assert.match(await missing(), /hyperparameters\.json` does not exist.*contains no file/);
  const config = join(folder, 'input/config');
  await mkdir(config, { recursive: true });
  for (const [text, sentence] of [
    ['{epochs: 1}', /is not JSON/],
    ['{"epochs": 1}', /every hyperparameter as a string; change `epochs`/],
    ['{"epochs": "2"}', /Set `epochs` to `"1"`/],
    ['null', /Set `epochs` to/],
  ] as const) {
    await writeFile(join(config, 'hyperparameters.json'), text);
    assert.match(await missing(), sentence);
  }
  await writeFile(join(config, 'hyperparameters.json'), '{"epochs": "1"}');
  await writeHeadlines(join(folder, 'input/data/training/a.csv'), createHeadlines(999));
  assert.match(await missing(), /contains 999 headlines instead of 1000/);
  await writeHeadlines(join(folder, 'input/data/training/b.csv'), createHeadlines(1));
  assert.equal(await missing(), '');
});

test('exercise 3 tells a folder that was not trained from one that failed and one that is done', async (t) => {
  const folder = await temporaryFolder(t);
  assert.match(String(await missingFromTrained(folder)), /run `container\/train` on the folder/);
  await mkdir(join(folder, 'model'));
  const describe = async (rows: number) =>
    await writeFile(
      join(folder, 'model/classifier.json'),
      JSON.stringify({ trainingRows: rows, validationRows: 200 }),
    );
  await describe(700);
  assert.match(String(await missingFromTrained(folder)), /trained on 900 headlines/);
  await describe(800);
  assert.deepEqual(await missingFromTrained(folder), []);
  await mkdir(join(folder, 'output'));
  await writeFile(join(folder, 'output/failure'), 'No rows.\n');
  assert.match(String(await missingFromTrained(folder)), /training failed\. .* contains: No rows\. Fix that/);
});

test('exercise 4 asks the endpoint, and wants it to be better', async () => {
  const result = { name: 'job', status: 'Completed' } as TrainingJobDescription;
  const answering = (label: string) =>
    ({
      predict: async (titles: readonly string[]) => titles.map(() => ({ result: label, probabilities: {} })),
    }) as unknown as Endpoint;
  const missing = async (given: Parameters<typeof missingFromBetter>[0], toBeat = 0.5) =>
    String(await missingFromBetter(given, toBeat, validation));
  assert.match(await missing({}), /start a job/);
  assert.match(await missing({ result: { ...result, status: 'Stopped' } }), /is Stopped, not Completed/);
  assert.match(await missing({ result }), /deploy/);
  assert.match(
    await missing({ result, endpoint: answering('Health') }),
    /accuracy .* is 0\.0%; it must be above 50\.0%/,
  );
  assert.match(await missing({ result, endpoint: answering('Business') }, 1), /must be above 100\.0%/);
  assert.equal(await missing({ result, endpoint: answering('Business') }), '');
});

test('exercise 5 wants a network, a finished job, and more than the most frequent label', () => {
  const network = tinyNetwork();
  const rows = ['Business', 'Business', 'Health'].map((category) => createHeadline({ category }));
  const result = (validation_accuracy: number, status = 'Completed') =>
    ({ name: 'job', status, metrics: [{ validation_accuracy }] }) as unknown as TrainingJobDescription;
  const missing = (given: Parameters<typeof missingFromOwnNetwork>[0]) =>
    String(missingFromOwnNetwork(given, rows));
  assert.match(missing({}), /defineNetwork/);
  assert.match(missing({ network }), /own\.result/);
  assert.match(missing({ network, result: result(0.9, 'Failed') }), /job is Failed, not Completed/);
  assert.match(
    missing({ network, result: result(2 / 3) }),
    /66\.7%.*always answering Business is right for 66\.7%/,
  );
  assert.equal(missing({ network, result: result(0.7) }), '');
});

test('a check says that an exercise is done, what is missing, and what kept it from looking', async () => {
  assert.equal(await describeCheck('Exercise 1', async () => []), '✓ **Exercise 1** is done.');
  assert.equal(
    await describeCheck('Exercise 1', async () => ['one.', 'two.']),
    '**Exercise 1**, still missing:\n\n* one.\n* two.',
  );
  const failing = () => Promise.reject(new Error('no endpoint'));
  assert.match(await describeCheck('Exercise 4', failing), /could not be checked: no endpoint/);
});
