import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type Docker from 'dockerode';
import { startProgram, temporaryFolder } from '../../testing/folders';
import type { ContainerRequest } from './containers';
import { runContainer } from './run';

const request: ContainerRequest = { command: 'serve', image: 'an-image' };

/** An engine that fails at the steps named, each with an error of its name. */
function engine(failing: readonly string[], output = new PassThrough()): Docker {
  const step = async <Value>(name: string, value: Value): Promise<Value> => {
    if (failing.includes(name)) throw new Error(`no ${name}`);
    return value;
  };
  const container = {
    attach: () => step('attach', output),
    start: async () => {
      await step('start', undefined);
      if (!failing.includes('output')) output.end();
      else output.destroy(new Error('no output'));
    },
    wait: () => step('wait', { StatusCode: 3 }),
    kill: () => step('kill', undefined),
    inspect: () => step('inspect', { State: { OOMKilled: false } }),
    remove: () => step('remove', undefined),
  };
  return {
    getImage: () => ({ inspect: async () => ({ Id: 'sha256:1', Os: 'linux', Architecture: 'amd64' }) }),
    createContainer: async () => container,
    modem: { demuxStream: () => output.resume() },
  } as unknown as Docker;
}

for (const [failing, expected] of [
  [['attach'], 'no attach'],
  [['start'], 'no start'],
  [['wait'], 'no wait'],
  [['inspect'], 'no inspect'],
  [['remove'], 'no remove'],
  [['start', 'remove'], 'no start Cleaning up failed as well: no remove'],
  [['wait', 'kill', 'remove'], 'no wait Cleaning up failed as well: no remove'],
] as const) {
  test(`an engine that fails at ${failing.join(', ')} is told by the first error`, async (t) => {
    const run = runContainer(engine(failing), await temporaryFolder(t), request);
    await assert.rejects(run, { message: expected });
  });
}

test('a container whose output is cut off keeps its exit code', async (t) => {
  assert.equal(await runContainer(engine(['output']), await temporaryFolder(t), request), 3);
});

test('an engine that is lost while the container is to stop ends the program without a stack trace', async (t) => {
  const folder = await temporaryFolder(t);
  const script = `
    const { runContainer } = require(${JSON.stringify(join(__dirname, 'run'))});
    const { PassThrough } = require('node:stream');
    const output = new PassThrough();
    const container = {
      attach: async () => output,
      start: async () => undefined,
      wait: () => new Promise((_, lost) => setTimeout(() => lost(new Error('the engine is lost')), 300)),
      kill: async () => undefined,
      remove: async () => undefined,
    };
    const docker = {
      getImage: () => ({ inspect: async () => ({ Id: 'sha256:1', Os: 'linux', Architecture: 'amd64' }) }),
      createContainer: async () => container,
      modem: { demuxStream: () => console.log('attached') },
    };
    runContainer(docker, ${JSON.stringify(folder)}, { command: 'serve', image: 'an-image' })
      .catch(({ message }) => console.log('told: ' + message));
    setTimeout(() => process.emit('SIGTERM'), 100);`;
  const program = startProgram(t, [process.execPath, '-e', script]);
  assert.equal(await program.ended, 0, program.output());
  assert.equal(program.output(), 'attached\ntold: the engine is lost\n');
});
