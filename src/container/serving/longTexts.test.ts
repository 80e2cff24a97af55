// Texts far longer than any headline, in many scripts: what is read of them is bounded, and so is each turn of the server.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { generateHeadlines } from '../../data/synthetic';
import { createTitleWriter } from '../../model/ensemble/ngrams';
import { parseHyperparameters } from '../../model/hyperparameters';
import type { ArchitectureName } from '../../model/registry';
import { trainClassifier } from '../../model/train';
import { longestText } from '../../text/normalise';
import { tokenise } from '../../text/tokenizer';
import type { Job } from './queue/job';
import { createPredictionQueue } from './queue/predictionQueue';
import { createServer } from './server';

const limits = { timeout: 120_000 };

/** Each is repeated up to 6 MB. */
const units: Readonly<Record<string, string>> = {
  'Latin letters without a space': 'a',
  'accented letters': 'é',
  'letters and combining marks': 'e\u0301',
  Chinese: '中',
  Thai: 'การทดสอบ',
  Khmer: 'ភាសាខ្មែរ',
  Japanese: 'これはテストです日本語カタカナ',
  Arabic: 'مرحبا',
  'Hangul in parts': '\u1112\u1161\u11ab',
  'emoji sequences': '👨‍👩‍👧‍👦',
  'marks without an end': '\u0301\u0316',
  'half surrogate pairs': '\udc00\ud800',
  digits: '1234567890',
  punctuation: '!?.,',
  apostrophes: "'",
  NULs: '\0',
  'very many short words': 'a b ',
  'scripts in turn': 'a\u0301!中 ก ',
};

function fill(unit: string): string {
  return unit.repeat(Math.ceil(6_000_000 / (Buffer.byteLength(JSON.stringify(unit)) - 2)));
}

/** A server with a model of that architecture. */
async function serve(t: TestContext, architecture: ArchitectureName) {
  const rows = { training: generateHeadlines().slice(0, 200), validation: [] };
  const settings = parseHyperparameters({ architecture, epochs: 1, vocabulary_size: 200 });
  const server = createServer();
  t.after(() => server.close());
  const classifier = await trainClassifier(rows, settings);
  server.use(classifier);
  return { classifier, url: await server.listen({ port: 0, host: '127.0.0.1' }) };
}

for (const architecture of ['ensemble', 'mlp'] as const) {
  test(
    `${architecture}: of 6 MB in any script the last ${longestText} code units are read, and answered`,
    limits,
    async (t) => {
      const { classifier, url } = await serve(t, architecture);
      const headers = { 'content-type': 'application/json' };
      for (const [script, unit] of Object.entries(units)) {
        const text = fill(unit);
        const body = JSON.stringify({ input: text });
        const response = await fetch(`${url}/invocations`, { method: 'POST', headers, body });
        assert.equal(response.status, 200, script);
        const [expected] = classifier.predict([text.slice(-longestText)]);
        assert.deepEqual(JSON.parse(await response.text()), expected, script);
      }
    },
  );
}

test('training and serving read the same part of a long text', () => {
  const long = `first ${'word '.repeat(longestText / 5)}`;
  const end = long.slice(-longestText);
  assert.deepEqual(tokenise(long), tokenise(end));
  const codesOf = (text: string) => {
    const writer = createTitleWriter();
    writer.write(text);
    return [...writer.codes()];
  };
  assert.deepEqual(codesOf(long), codesOf(end));
  assert.ok(tokenise(`first ${'x'.repeat(longestText - 6)}`).includes('first'));
});

test('marks are composed as Unicode says up to 128 of them in a row, and in a bounded time beyond', () => {
  const marks = `a${'\u0301\u0316'.repeat(64)}`;
  assert.deepEqual(tokenise(marks), tokenise(marks.normalize('NFC')));
  // As many as this take Unicode's own algorithm, which is quadratic, ten seconds.
  const [token] = tokenise(`a${'\u0301\u0316'.repeat(49_000)}`);
  assert.ok((token?.length ?? 0) > 98_000);
});

test('a turn of the queue takes one long text, whatever came before', async () => {
  const turns: number[] = [];
  const queue = createPredictionQueue(
    (titles) => {
      turns.push(titles.reduce((sum, { length }) => sum + Math.min(length, longestText), 0));
      return titles.map(() => ({ result: 'a', probabilities: { a: 1 } }));
    },
    { waitSeconds: 10, heldBytes: 1e9 },
  );
  const long = Array.from({ length: 40 }, () => 'x'.repeat(200_000));
  const short = Array.from({ length: 20_000 }, () => 'bank');
  await Promise.all([short, long, short, long].map((titles) => run(queue.add, titles)));
  assert.ok(Math.max(...turns) <= longestText + 32_768, `${Math.max(...turns)} in one turn`);
});

async function run(add: (job: Job) => void, titles: readonly string[]): Promise<void> {
  let parts: (readonly string[])[] = [titles];
  await new Promise<void>((finish, fail) =>
    add({
      bytes: 1,
      deadline: Number.POSITIVE_INFINITY,
      isGone: () => false,
      read() {
        const [part] = parts;
        parts = [];
        return part;
      },
      take: () => {},
      finish,
      fail,
    }),
  );
}

test('JSON of millions of lists, objects or names is rejected before it is parsed', limits, async (t) => {
  const { url } = await serve(t, 'mlp');
  const many = ['[],', '{},', '{"a":', '[', '"k":1,'];
  for (const type of ['application/json', 'application/jsonlines']) {
    for (const part of many) {
      const body = `{"input": ["[[[", ${fill(part)}`;
      const response = await fetch(`${url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      assert.equal(response.status, 400);
      assert.match(await response.text(), /has more than 250000 lists, objects and names/);
    }
  }
  const brackets = JSON.stringify({ input: '[{":'.repeat(500_000) });
  const headers = { 'content-type': 'application/json' };
  assert.equal((await fetch(`${url}/invocations`, { method: 'POST', headers, body: brackets })).status, 200);
});
