import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { build } from 'esbuild';
import { imageVariable } from '../../platform/baseDirectory';
import { projectFolder } from '../../platform/paths';
import { setEnvironment, temporaryFolder } from '../../testing/folders';
import { assemblyFile } from '../ensemble/wasm';
import { filesOf, hashProgram, originOf } from './origin';

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

const dist = join(projectFolder, 'dist');
const entry = join(dist, 'container', 'entry.js');

test('the program is what esbuild would bundle for the image, with the WebAssembly', async () => {
  const others = ['model/ensemble/linearPartThread.js', 'model/networks/tfjsNode.js'];
  const entryPoints = [entry, ...others.map((name) => join(dist, name))];
  const options = {
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
  } as const;
  const { metafile } = await build({
    entryPoints,
    outdir: 'unused',
    absWorkingDir: projectFolder,
    ...options,
  });
  const bundled = Object.keys(metafile.inputs).map((path) => join(projectFolder, path));
  assert.deepEqual((await filesOf(entry)).sort(), [...bundled, assemblyFile].sort());
});

/** A copy of the program that tests may change. */
async function copyProgram(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'dist'));
  await cp(join(projectFolder, 'package-lock.json'), join(folder, 'package-lock.json'));
  for (const file of await filesOf(entry)) await cp(file, join(folder, 'dist', relative(dist, file)));
  return join(folder, 'dist', relative(dist, entry));
}

test('another WebAssembly, loaded file or package is another program; another chart, test or tool is not', async (t) => {
  const copy = await copyProgram(t);
  const original = await hashProgram(entry);
  assert.equal(await hashProgram(copy), original, 'it does not depend on where the program lies');
  for (const name of ['charts.js', 'origin.test.js', 'unused.wasm']) {
    await writeFile(join(dirname(copy), name), 'anything');
  }
  const lock = join(dirname(copy), '..', '..', 'package-lock.json');
  const changeLock = async (dev: boolean) => {
    const content = JSON.parse(await readFile(lock, 'utf8'));
    const [path = ''] =
      Object.entries(content.packages as Record<string, { dev?: boolean }>).find(
        ([name, one]) => name !== '' && Boolean(one.dev) === dev,
      ) ?? [];
    content.packages[path].version = '99.0.0';
    await writeFile(lock, JSON.stringify(content));
  };
  await changeLock(true);
  assert.equal(await hashProgram(copy), original);
  const seen = new Set([original]);
  for (const change of [
    () => appendFile(join(dirname(copy), '..', 'model', 'ensemble', 'assembly.wasm'), ' '),
    () => appendFile(join(dirname(copy), '..', 'text', 'tokenizer.js'), ' '),
    () => appendFile(join(dirname(copy), '..', 'model', 'ensemble', 'linearPartThread.js'), ' '),
    () => changeLock(false),
  ]) {
    await change();
    seen.add(await hashProgram(copy));
  }
  assert.equal(seen.size, 5);
});
