import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { imageVariable, originOf } from './origin';
import { setEnvironment, temporaryFolder } from './testing';

test('originOf() tells data by content, leaves out what is not there, and names the image where it was told', async (t) => {
  const [one, other] = [await temporaryFolder(t), await temporaryFolder(t)];
  for (const folder of [one, other]) await writeFile(join(folder, 'rows.csv'), 'a,b\n');
  setEnvironment(t, { [imageVariable]: undefined });
  const first = await originOf({ training: one, validation: join(one, 'missing'), embeddings: '' });
  assert.deepEqual(Object.keys(first.data), ['training']);
  assert.equal(first.image, undefined);
  assert.deepEqual(await originOf({ training: other }), first, 'it does not depend on where the data lies');
  await writeFile(join(other, 'rows.csv'), 'a,c\n');
  assert.notEqual((await originOf({ training: other })).data.training, first.data.training);
  setEnvironment(t, { [imageVariable]: 'sha256:1234' });
  assert.equal((await originOf({})).image, 'sha256:1234');
});
