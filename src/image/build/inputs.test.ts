import assert from 'node:assert/strict';
import { chmod, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder, userError } from '../../testing/folders';
import { hashInputs } from './inputs';

/** A project with two files that go into the build, one that does not, and the files that say so. */
async function createProject(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'container'));
  await mkdir(join(folder, 'src', 'deep'), { recursive: true });
  await writeFile(join(folder, 'container', 'Dockerfile'), 'FROM scratch\n');
  await writeFile(
    join(folder, 'container', 'Dockerfile.dockerignore'),
    '# comment\n*\n!package.json\n!src\nsrc/**/*.test.ts\n',
  );
  await writeFile(join(folder, 'package.json'), '{}');
  await writeFile(join(folder, 'src', 'deep', 'a.ts'), 'a');
  await writeFile(join(folder, 'src', 'a.test.ts'), 'test');
  return folder;
}

test('the hash follows content, names and executable bits of the inputs, and the settings', async (t) => {
  const folder = await createProject(t);
  const seen = new Set([await hashInputs(folder, [])]);
  const assertNew = async (what: string, settings: string[] = []) => {
    const hash = await hashInputs(folder, settings);
    assert.match(hash, /^[0-9a-f]{12}$/);
    assert.ok(!seen.has(hash), `${what} left the hash as it was`);
    seen.add(hash);
  };
  await writeFile(join(folder, 'src', 'deep', 'a.ts'), 'b');
  await assertNew('other content');
  await writeFile(join(folder, 'src', 'b.ts'), '');
  await assertNew('another file');
  await rm(join(folder, 'src', 'b.ts'));
  await writeFile(join(folder, 'src', 'c.ts'), '');
  await assertNew('another name');
  await chmod(join(folder, 'src', 'c.ts'), 0o755);
  await assertNew('an executable bit');
  await writeFile(join(folder, 'container', 'Dockerfile'), 'FROM scratch \n');
  await assertNew('another Dockerfile');
  await assertNew('a setting', ['node:24-slim', 'sha256:1']);
});

test('the hash does not follow what stays out of the build, nor times', async (t) => {
  const folder = await createProject(t);
  const before = await hashInputs(folder, []);
  await writeFile(join(folder, 'src', 'a.test.ts'), 'other');
  await writeFile(join(folder, 'README.md'), 'other');
  await utimes(join(folder, 'package.json'), 0, 0);
  assert.equal(await hashInputs(folder, []), before);
});

test('a missing Dockerfile is named', async (t) => {
  const folder = await createProject(t);
  await rm(join(folder, 'container', 'Dockerfile'));
  await assert.rejects(
    hashInputs(folder, []),
    userError('container/Dockerfile is missing', folder, 'git checkout'),
  );
});
