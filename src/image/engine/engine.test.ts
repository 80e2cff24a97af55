// The sentences, without an engine: sockets that nobody listens on, and the engine's words for what goes wrong.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { bothErrors } from '../../platform/errors';
import { atEnd, setEnvironment, startProgram, temporaryFolder, userError } from '../../testing/folders';
import { findDocker } from './command';
import { engineAddress, explainEngineError, explainEngineText, withEngine } from './engine';

async function writeProgram(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

test('an engine that does not run is reported with its address and the remedy', async (t) => {
  const socket = join(await temporaryFolder(t), 'docker.sock');
  setEnvironment(t, { DOCKER_HOST: `unix://${socket}` });
  const stopped = userError('is not running', socket, 'systemctl start docker', 'DOCKER_HOST');
  await assert.rejects(
    withEngine(async () => undefined),
    stopped,
  );
  await writeFile(socket, '');
  await assert.rejects(
    withEngine(async () => undefined),
    stopped,
  );
  setEnvironment(t, { DOCKER_HOST: 'tcp://127.0.0.1:1' });
  await assert.rejects(
    withEngine(async () => undefined),
    userError('is not running', 'tcp://127.0.0.1:1'),
  );
});

test('DOCKER_HOST says where the engine is; the engine’s own errors come through', async (t) => {
  const socket = join(await temporaryFolder(t), 'docker.sock');
  const server = createServer((request, response) => {
    const isPing = request.url?.endsWith('/_ping');
    response.writeHead(isPing ? 200 : 409, { 'content-type': 'application/json' });
    response.end(isPing ? 'OK' : '{"message": "in use"}');
  });
  await new Promise<void>((done) => server.listen(socket, done));
  atEnd(t, () => server.close());
  setEnvironment(t, { DOCKER_HOST: `unix://${socket}` });
  assert.equal(await withEngine(async () => 'answered'), 'answered');
  await assert.rejects(
    withEngine((docker) => docker.getContainer('x').remove()),
    (error: { statusCode?: number }) => error.statusCode === 409,
  );
});

test('in a Studio space, the error leads to CodeBuild, unless the engine is elsewhere', async (t) => {
  setEnvironment(t, { SAGEMAKER_APP_TYPE: 'JupyterLab', DOCKER_HOST: 'unix:///docker/proxy.sock' });
  const use = () => withEngine(async () => undefined);
  await assert.rejects(use(), userError('Studio space', 'CodeBuild', 'docs/studio.md', 'image:'));
  setEnvironment(t, { DOCKER_HOST: undefined, PATH: '/nothing' });
  await assert.rejects(use(), userError('Studio space'));
  setEnvironment(t, { DOCKER_HOST: 'tcp://127.0.0.1:1' });
  await assert.rejects(use(), userError('is not running', 'tcp://127.0.0.1:1'));
});

test('without DOCKER_HOST the engine is where the context in use says', async (t) => {
  const tools = await temporaryFolder(t);
  setEnvironment(t, { DOCKER_HOST: undefined, PATH: tools });
  assert.equal(engineAddress(), 'unix:///var/run/docker.sock');
  await writeProgram(join(tools, 'docker'), 'echo unix:///run/user/1000/docker.sock');
  assert.equal(engineAddress(), 'unix:///run/user/1000/docker.sock');
  await writeProgram(join(tools, 'docker'), 'echo ssh://me@elsewhere');
  await assert.rejects(
    withEngine(async () => undefined),
    userError('ssh://me@elsewhere', 'Set DOCKER_HOST'),
  );
});

test('a socket that this user may not use is reported with the group that may', async (t) => {
  const folder = await temporaryFolder(t);
  const socket = join(folder, 'docker.sock');
  const server = createServer();
  await new Promise<void>((done) => server.listen(socket, done));
  atEnd(t, () => server.close());
  await chmod(socket, 0o000);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chmod(folder, 0o755);
  // Root may use every socket, so somebody else tries.
  const script = `
    const { withEngine } = require(${JSON.stringify(join(__dirname, 'engine'))});
    ${isRoot ? 'process.setuid(65534);' : ''}
    withEngine(async () => undefined).catch((error) => console.log(error.message));`;
  const child = startProgram(t, [process.execPath, '-e', script], {
    environment: { DOCKER_HOST: `unix://${socket}` },
  });
  await child.ended;
  assert.match(
    child.output(),
    /^This user may not use the Docker engine at unix:.*docker\.sock \(EACCES\)\./,
  );
  assert.match(
    child.output(),
    /Run `sudo usermod -aG docker \$USER`, log out and in again, and restart Jupyter\./,
  );
});

test('no permission on the socket, a full disk and another processor have their sentences', () => {
  const denied = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
  const explained = explainEngineError(denied, 'unix:///var/run/docker.sock');
  userError('may not use', '/var/run/docker.sock', 'usermod -aG docker')(explained);
  const full = new Error('(HTTP code 500) server error - write /var/lib/docker/x: no space left on device');
  userError('disk is full', 'docker system prune')(explainEngineError(full, ''));
  userError('x86-64', 'linux/amd64', 'arm64')(explainEngineText('exec /bin/sh: exec format error'));
  const other = new Error('something else');
  assert.equal(explainEngineError(other, ''), other);
  const closed = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  userError('engine is not running', 'ECONNRESET')(explainEngineError(bothErrors(closed, other), ''));
  const both = bothErrors(other, other);
  assert.equal(explainEngineError(both, ''), both);
});

test('the docker command that can build is found behind one that cannot', async (t) => {
  const [without, able] = [await temporaryFolder(t), await temporaryFolder(t)];
  setEnvironment(t, { PATH: [without, able].join(delimiter) });
  assert.throws(() => findDocker(), userError('docker is missing', 'docker.io'));
  await writeProgram(join(without, 'docker'), 'echo "the buildx component is missing"; exit 1');
  assert.throws(() => findDocker(), userError(join(without, 'docker'), 'buildx is missing'));
  await writeProgram(join(able, 'docker'), '[ "$DOCKER_BUILDKIT" = 1 ] && echo "  --secret stringArray"');
  assert.equal(findDocker(), join(able, 'docker'));
});
