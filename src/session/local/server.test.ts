import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startProcess } from '../../platform/childStart';
import { atEnd, processesOver, temporaryFolder, uploadCorpus, userError } from '../../testing/folders';
import { openProcessSession } from '../process/session';
import { attachEndpoint, deleteEndpoint, startEndpoint } from './endpoint';

const limits = { timeout: 60_000 };

/** A container of its own: says what its artifact says, and does what its first line is. Runs in a process of its own. */
function container() {
  const fs = require('node:fs') as typeof import('node:fs');
  const { createServer } = require('node:http') as typeof import('node:http');
  const { spawn } = require('node:child_process') as typeof import('node:child_process');
  const base = String(process.env.SAGEMAKER_BASE_DIR);
  const port = Number(process.env.SAGEMAKER_BIND_TO_PORT);
  const [fault, words] = fs.readFileSync(`${base}/model/said`, 'utf8').split('\n');
  const thief = `${base}/../../thief`;
  const serve = () => {
    const server = createServer((_, response) => response.end(JSON.stringify({ result: words })));
    server.listen(port, '127.0.0.1', () => process.send?.('listening'));
    process.on('SIGTERM', () => process.exit(0));
  };
  if (fault === 'fails outside a trial' && !base.includes('/updates/')) {
    console.log('It fails here.');
    process.exit(1);
  }
  if (fault === 'port is taken' && !fs.existsSync(thief)) {
    const script = `require('node:http').createServer((_, response) => response.end('"thief"')).listen(${port}, '127.0.0.1', () => process.stdout.write('.'))`;
    const other = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    fs.writeFileSync(thief, String(other.pid));
    // For as long as whoever asks /ping needs to be misled.
    other.stdout.once('data', () => setTimeout(serve, 500));
  } else serve();
}

async function prepare(t: TestContext) {
  const folder = await temporaryFolder(t);
  const script = join(folder, 'container.js');
  await writeFile(script, `(${container})()`);
  const artifact = async (name: string, fault: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'classifier.json'), '{}');
    await writeFile(join(folder, name, 'said'), `${fault}\n${name}`);
    return join(folder, name);
  };
  const own = join(folder, 'endpoints', 'own');
  await mkdir(own, { recursive: true });
  atEnd(t, () => deleteEndpoint(own));
  return { folder, own, program: { script, startUpSeconds: 20 }, artifact };
}

test('another program that takes the port meanwhile is not taken for the endpoint', limits, async (t) => {
  const { folder, own, program, artifact } = await prepare(t);
  const endpoint = await startEndpoint(own, await artifact('mine', 'port is taken'), program);
  const thief = Number(await readFile(join(folder, 'thief'), 'utf8'));
  atEnd(t, () => void process.kill(thief, 'SIGKILL'));
  assert.equal((await endpoint.predict('bank')).result, 'mine');
});

test(
  'an update that fails at the endpoint’s own port leaves the old artifact there and answering',
  limits,
  async (t) => {
    const { folder, own, program, artifact } = await prepare(t);
    const endpoint = await startEndpoint(own, await artifact('old', ''), program);
    const failing = await artifact('failing', 'fails outside a trial');
    await assert.rejects(
      endpoint.update(failing),
      userError('Endpoint own was not updated and answers from its old artifact', 'It fails here.'),
    );
    assert.equal((await endpoint.predict('bank')).result, 'old');
    assert.equal(await readFile(join(own, 'model', 'said'), 'utf8'), '\nold');
    await endpoint.update(await artifact('next', ''));
    assert.equal((await endpoint.predict('bank')).result, 'next');
    const left = readdirSync(own).filter((name) => name.startsWith('model'));
    assert.deepEqual([left, readdirSync(join(folder, 'updates'))], [['model'], []]);
  },
);

test('changes of an endpoint from several cells follow one another, in any order', limits, async (t) => {
  const { own, program, artifact } = await prepare(t);
  const endpoint = await startEndpoint(own, await artifact('first', ''), program);
  const [second, third] = [await artifact('second', ''), await artifact('third', '')];
  const changes = [endpoint.update(second), endpoint.scale({ from: 2, to: 2 }), endpoint.update(third)];
  const attached = await attachEndpoint(own);
  await Promise.all(changes);
  assert.match((await attached.predict('bank')).result, /^(second|third)$/);
  const ended = await Promise.allSettled([endpoint.delete(), endpoint.update(second), attached.delete()]);
  for (const one of ended) if (one.status === 'rejected') userError('own')(one.reason);
  await endpoint.delete();
  assert.ok(!existsSync(own));
  assert.deepEqual(processesOver(own), []);
  await assert.rejects(endpoint.scale({ to: 2 }), userError('"own"'));
  await assert.rejects(attachEndpoint(own), userError('"own"'));
});

test(
  'if the system cannot start a process, jobs and endpoints fail with an error, and the kernel keeps running',
  limits,
  async (t) => {
    const folder = join(await temporaryFolder(t), 'session');
    const session = openProcessSession({ folder });
    atEnd(t, () => session.cleanUp());
    const channels = await uploadCorpus(t, session);
    const { execPath } = process;
    atEnd(t, () => {
      process.execPath = execPath;
    });
    process.execPath = join(folder, 'no such program');
    const artifact = await temporaryFolder(t);
    await writeFile(join(artifact, 'classifier.json'), '{}');
    await assert.rejects(session.train({ name: 'job', channels }), userError('Cannot start train', 'ENOENT'));
    await assert.rejects(
      session.deploy(artifact, { name: 'endpoint' }),
      userError('Cannot start serve', 'ENOENT'),
    );
    process.execPath = execPath;
    assert.deepEqual([await session.whatIsRunning(), processesOver(folder)], [[], []]);
    const job = await session.train({ name: 'job', channels, hyperparameters: { epochs: 1 } });
    assert.equal((await job.wait()).status, 'Completed');
    await rm(artifact, { recursive: true });
    assert.ok(!existsSync(join(folder, 'endpoints', 'endpoint')));
  },
);

test('a start that fails at once, or later, has a remedy', async () => {
  const noMemory = Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
  const throws = () => {
    throw noMemory;
  };
  await assert.rejects(
    startProcess('train', throws),
    userError('Cannot start train (spawn ENOMEM)', 'no memory left'),
  );
  await assert.rejects(
    startProcess('it', () => spawn('/no/such/program')),
    userError('Cannot start it (spawn /no/such/program ENOENT)'),
  );
  const child = await startProcess('node', () => spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }));
  child.emit('error', new Error('a message that was not taken'));
});
