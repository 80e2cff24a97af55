// Which images run where, with a stand-in for the engine's API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type Docker from 'dockerode';
import { userError } from '../../testing/folders';
import { enginePlatform, findImageToRun, findRunnableImage } from './images';

/** An engine on this processor, with one image for each. */
const engineOn = (Arch: string) =>
  ({
    version: async () => ({ Arch }),
    getImage: (Architecture: string) => ({ inspect: async () => ({ Os: 'linux', Architecture }) }),
  }) as unknown as Docker;

test('SageMaker runs linux/amd64, and linux/arm64 if it is asked for', async () => {
  const engine = engineOn('amd64');
  await findRunnableImage(engine, 'amd64');
  await findRunnableImage(engine, 'arm64', { platform: 'linux/arm64' });
  const wrong = userError('is for linux/arm64', 'on linux/amd64', 'buildImage()', '=linux/amd64', 'x86-64');
  await assert.rejects(findRunnableImage(engine, 'arm64'), wrong);
  await assert.rejects(
    findRunnableImage(engine, 'amd64', { platform: 'linux/arm64' }),
    userError("buildImage({ platform: 'linux/arm64' })", '--platform=linux/arm64', 'an arm64 machine'),
  );
});

test('an engine on arm64 also runs images for its own processor', async () => {
  const [x86, arm] = [engineOn('amd64'), engineOn('arm64')];
  assert.deepEqual([await enginePlatform(x86), await enginePlatform(arm)], ['linux/amd64', 'linux/arm64']);
  await findImageToRun(arm, 'arm64');
  await findImageToRun(arm, 'amd64');
  await findImageToRun(x86, 'amd64');
  await assert.rejects(findImageToRun(x86, 'arm64'), userError('is for linux/arm64'));
});
