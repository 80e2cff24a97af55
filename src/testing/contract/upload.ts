// Uploads: folders and files become channels.
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { writeHeadlines } from '../../data/headlines';
import type { Channel, Session } from '../../session/contract/session';
import { createCorpus, createHeadlines, userError, writeTopicVectors } from '../folders';
import { writeClutter } from './walk';

export async function testUpload(t: TestContext, session: Session, folder: string): Promise<Channel[]> {
  const rows = createCorpus();
  const source = join(folder, 'source');
  await mkdir(join(source, 'training', 'second half'), { recursive: true });
  await writeHeadlines(join(source, 'training', 'first.tsv'), rows.slice(0, 30));
  await writeHeadlines(join(source, 'training', 'second half', 'second.tsv'), rows.slice(30));
  await writeHeadlines(join(source, 'validation.tsv'), createHeadlines(9, 3));
  await writeTopicVectors(join(source, 'vectors'));
  const clutter = await writeClutter(join(source, 'training'));

  const channels: Channel[] = [];
  await t.test('upload makes channels of folders and files', async () => {
    channels.push(await session.upload(join(source, 'training'), 'training'));
    channels.push(await session.upload(join(source, 'validation.tsv'), 'validation'));
    channels.push(await session.upload(join(source, 'vectors'), 'embeddings'));
    assert.deepEqual(
      channels.map(({ name }) => name),
      ['training', 'validation', 'embeddings'],
    );
    for (const { uri } of channels) assert.match(uri, /^(file|s3):\/\//);
    await rm(clutter, { recursive: true });
    assert.deepEqual(await session.upload(join(source, 'training'), 'training'), channels[0]);
    // What is uploaded does not depend on its source any more.
    await rm(source, { recursive: true });
  });

  await t.test('upload of what does not exist, or under an invalid name, is rejected', async () => {
    await assert.rejects(session.upload(join(folder, 'nowhere.csv'), 'training'), userError('nowhere.csv'));
    for (const name of ['', 'a/b', '../training', '..']) {
      await assert.rejects(session.upload(folder, name), userError(`"${name}"`));
    }
  });
  return channels;
}
