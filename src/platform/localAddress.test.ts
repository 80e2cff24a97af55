import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { artifactFolder, loadArtifact, saveArtifact } from '../model/artifact';
import { openProcessSession } from '../session/process/session';
import { atEnd, oddName, temporaryFolder, trainOnCorpus, userError } from '../testing/folders';
import { localPath } from './localAddress';

test('a path and a file:// address name the same, with spaces or without', () => {
  for (const path of ['/data/parts', '/data/two words', `/data/${oddName}`]) {
    assert.equal(localPath(path), path);
    assert.equal(localPath(pathToFileURL(path).href), path);
  }
  assert.equal(localPath('file:///data/two words'), '/data/two words');
  assert.equal(localPath('file:///data/two%20words'), '/data/two words');
  assert.equal(localPath('file://localhost/data'), '/data');
  assert.equal(localPath('file:/data'), '/data');
  assert.equal(localPath('file:///data/what?/#1'), '/data/what?/#1');
  assert.equal(localPath('model.tar.gz'), resolve('model.tar.gz'));
  assert.equal(localPath('C:/data'), resolve('C:/data'));
  assert.equal(localPath('~/data'), join(homedir(), 'data'));
  assert.equal(localPath('~'), homedir());
  assert.equal(localPath('~data'), resolve('~data'));
});

test('an address that is not on this machine is rejected, with what to do', () => {
  assert.throws(() => localPath('s3://bucket/key'), userError('s3://bucket/key', 'aws s3 cp', "kind: 'aws'"));
  assert.throws(() => localPath('https://example.com/a.csv'), userError('Download it'));
  assert.throws(() => localPath('file://server/share'), userError('not a valid file:// address', 'path'));
  assert.throws(() => localPath('file:///100%'), userError('not a valid file:// address'));
});

test('a value that is empty or not text is not an address', () => {
  for (const [value, named] of [
    ['', '""'],
    [' \n', '" \\n"'],
    ['a\0b', '"a\\u0000b"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
  ] as const) {
    assert.throws(() => localPath(value as string), userError('Expected a path', `got ${named}.`));
  }
});

test('each verb takes a path or a file:// address, and explains why any other is wrong', async (t) => {
  const folder = await temporaryFolder(t);
  const artifact = join(folder, 'an artifact');
  await saveArtifact(await trainOnCorpus(), artifact);
  const archive = join(folder, 'model.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', artifact, '.']);
  const parts = join(folder, 'parts');
  await mkdir(parts);
  await writeFile(join(parts, 'part.jsonl'), '{"input": "bank profit"}\n');
  const session = openProcessSession({ folder: join(folder, 'session') });
  atEnd(t, () => session.cleanUp());

  const input = await session.upload(pathToFileURL(parts).href, 'parts');
  for (const address of [artifact, pathToFileURL(artifact).href, `file://${artifact}`]) {
    assert.equal((await loadArtifact(address)).predict(['bank profit']).length, 1);
    assert.equal(await artifactFolder(address), artifact);
  }
  const modelArtifact = `file://${artifact}`;
  const endpoint = await session.deploy(modelArtifact);
  assert.equal((await endpoint.predict('bank profit')).result, 'Business');
  await endpoint.update(modelArtifact);
  for (const uri of [parts, `file://${parts}`]) {
    const job = await session.transform({ input: { name: 'parts', uri }, modelArtifact });
    assert.equal((await job.wait()).headlines, 1);
  }

  const wrong: [string, ...string[]][] = [
    [archive, 'is a file', 'classifier.json', 'tar -xf'],
    [join(artifact, 'weights.bin'), 'is a file', 'give that folder'],
    [join(folder, 'missing'), 'missing/classifier.json: it is missing'],
    [parts, 'classifier.json: it is missing'],
    ['s3://bucket/model.tar.gz', 's3://bucket/model.tar.gz', 'aws s3 cp'],
  ];
  for (const [address, ...words] of wrong) {
    await assert.rejects(session.deploy(address), userError(...words));
    await assert.rejects(loadArtifact(address), userError(...words));
    await assert.rejects(session.transform({ input, modelArtifact: address }), userError(...words));
    await assert.rejects(endpoint.update(address), userError(...words));
  }
  await assert.rejects(session.upload(join(folder, 'missing'), 'parts'), userError('does not exist'));
  await assert.rejects(session.upload('s3://bucket/parts', 'parts'), userError('not on this machine'));
  const gone = { name: 'parts', uri: join(folder, 'missing') };
  await assert.rejects(session.transform({ input: gone, modelArtifact }), userError('not on this machine'));
});
