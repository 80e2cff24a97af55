// Training jobs that read the channel `pretrained`: the real container/train and container/serve as child processes.
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import { loadArtifact } from '../model/artifact';
import { contentHash } from '../platform/contentHash';
import { projectFolder } from '../platform/paths';
import {
  createCorpus,
  eventually,
  findFreePort,
  startProgram,
  temporaryFolder,
  tinyBert,
  writeTopicVectors,
} from '../testing/folders';

async function layOut(t: TestContext, hyperparameters: object): Promise<string> {
  const base = join(await temporaryFolder(t), 'ml');
  const channel = (...names: string[]) => join(base, 'input', 'data', ...names);
  await mkdir(join(base, 'input', 'config'), { recursive: true });
  await writeFile(join(base, 'input', 'config', 'hyperparameters.json'), JSON.stringify(hyperparameters));
  await writeHeadlines(channel('training', 'headlines.tsv'), createCorpus());
  await cp(tinyBert, channel('pretrained'), { recursive: true });
  await writeTopicVectors(channel('embeddings'));
  return base;
}

function start(
  t: TestContext,
  program: 'train' | 'serve',
  base: string,
  environment: Record<string, string> = {},
) {
  return startProgram(t, [join(projectFolder, 'container', program)], {
    environment: { SAGEMAKER_BASE_DIR: base, ...environment },
  });
}

const settings = { epochs: '1', learning_rate: '0.01', max_length: '12' };

test('a job fine-tunes the channel pretrained, and reads no word vectors', async (t) => {
  const base = await layOut(t, { ...settings, architecture: '"minilm"' });
  const job = start(t, 'train', base);
  assert.equal(await job.ended, 0, job.output());
  assert.doesNotMatch(job.output(), /Word vectors|not read/);
  const { description } = await loadArtifact(join(base, 'model'));
  assert.equal(description.architecture, 'minilm');
  const { data } = description.origin ?? {};
  assert.equal(data?.pretrained, await contentHash(join(base, 'input', 'data', 'pretrained')));
  assert.equal(data?.embeddings, undefined);
});

test('a job that is stopped keeps what it has learnt', async (t) => {
  const base = await layOut(t, { ...settings, architecture: 'minilm', epochs: '1000' });
  const job = start(t, 'train', base);
  await job.until(/epoch=2 /);
  job.child.kill('SIGTERM');
  assert.equal(await job.ended, 0, job.output());
  assert.ok((await loadArtifact(join(base, 'model'))).description.trainedEpochs >= 1);
});

test('the server of a cascade says which part has answered, in JSON and in its metrics', async (t) => {
  const base = await layOut(t, { ...settings, architecture: 'cascade', cascade_share: '0' });
  const job = start(t, 'train', base);
  assert.equal(await job.ended, 0, job.output());
  const port = await findFreePort();
  start(t, 'serve', base, { SAGEMAKER_BIND_TO_PORT: String(port), SERVING_METRICS: 'on' });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/ping`).catch(() => undefined))?.ok === true);
  const input = createCorpus().map(({ title }) => title);
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    body: JSON.stringify({ input }),
    headers: { 'content-type': 'application/json' },
  });
  const { results: answers } = (await answer.json()) as { results: { answeredBy: string }[] };
  assert.deepEqual(new Set(answers.map(({ answeredBy }) => answeredBy)), new Set(['both']));
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, new RegExp(`^headlines_answered_total\\{by="both"\\} ${input.length}$`, 'm'));
});

test('a pretrained model that is missing ends the job with what to do, before it trains', async (t) => {
  const base = await layOut(t, { ...settings, architecture: 'cascade' });
  await rm(join(base, 'input', 'data', 'pretrained'), { recursive: true });
  const nowhere = join(base, 'nowhere');
  const job = start(t, 'train', base, { PRETRAINED: nowhere });
  assert.equal(await job.ended, 1, job.output());
  const reason = await readFile(join(base, 'output', 'failure'), 'utf8');
  assert.match(reason, new RegExp(`${nowhere}/config\\.json: it is missing.*npm run setup -- minilm`));
});
