import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectFolder } from '../platform/paths';
import { temporaryFolder } from './folders';

/** Checks a src/ with these files and returns what it prints. */
async function check(t: TestContext, files: Readonly<Record<string, string>>) {
  const src = await temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(src, name)), { recursive: true });
    await writeFile(join(src, name), text);
  }
  const program = join(projectFolder, 'src', 'testing', 'rooms.mjs');
  const { stderr } = spawnSync(process.execPath, [program, src], { encoding: 'utf8' });
  return stderr.split('\n').filter((line) => line && !line.startsWith('Remove "'));
}

test('imports down the rooms are accepted, in tests any', async (t) => {
  const files = {
    'text/tokenizer.ts': "import { UserError } from '../platform/errors';",
    'platform/errors.ts': '',
    'platform/errors.test.ts': "import { tokenise } from '../text/tokenizer';",
  };
  assert.deepEqual(await check(t, files), []);
});

test('an import up the rooms is reported, also of a type alone', async (t) => {
  const files = { 'platform/errors.ts': "import type { A } from '../text/a';", 'text/a.ts': '' };
  assert.deepEqual(await check(t, files), [
    'platform/errors.ts imports text/a.ts, but platform may import only nothing.',
  ]);
});

test('a call of require() that names no file is reported', async (t) => {
  const files = { 'text/a.ts': "const b = require('./b');", 'text/c.ts': "const a = require('./a');" };
  assert.deepEqual(await check(t, files), ['text/a.ts requires ./b, which does not exist.']);
});

test('cycles of files and of folders are reported', async (t) => {
  const files = {
    'text/a.ts': "import './b';",
    'text/b.ts': "export * from './a';",
    'model/a/one.ts': "import '../b/one';",
    'model/b/two.ts': "import '../a/two';",
    'model/a/two.ts': '',
    'model/b/one.ts': '',
  };
  const problems = await check(t, files);
  assert.match(problems.join('\n'), /^A cycle of folders: model\/(.) -> model\/(.) -> model\/\1\.$/m);
  assert.match(problems.join('\n'), /^A cycle of files: text\/(.)\.ts -> text\/(.)\.ts -> text\/\1\.ts\.$/m);
  assert.equal(problems.length, 2);
});

test('a room that the table does not list and a full folder are reported', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`text/f${at}.ts`, '']));
  const problems = await check(t, { ...files, 'cellar/a.ts': "import '../text/f1';" });
  assert.deepEqual(problems, [
    'cellar/a.ts: src/testing/rooms.mjs does not list cellar.',
    'src/text holds 31 files; at most 30. Divide it.',
  ]);
});
