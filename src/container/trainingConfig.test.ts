import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type BaseDirectory, baseDirectory } from '../platform/baseDirectory';
import { temporaryFolder, userError } from '../testing/folders';
import { readTrainingConfig } from './trainingConfig';

/** A base folder with these files in input/config. */
async function configure(t: TestContext, files: Readonly<Record<string, unknown>>): Promise<BaseDirectory> {
  const base = await temporaryFolder(t);
  const folder = join(base, 'input', 'config');
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(content));
  }
  return baseDirectory(base);
}

/** As SageMaker writes it. */
const fileMode = {
  TrainingInputMode: 'File',
  S3DistributionType: 'FullyReplicated',
  RecordWrapperType: 'None',
};
const twoHosts = { hosts: ['algo-1', 'algo-2'], network_interface_name: 'eth0' };

test('without any file a job has its defaults: one host, any channel, no checkpoints', async (t) => {
  const directory = await configure(t, {});
  assert.deepEqual(await readTrainingConfig(directory), { hyperparameters: {}, notes: [] });
});

test('of several hosts only the first trains; the others log the reason', async (t) => {
  const first = await configure(t, { resourceconfig: { ...twoHosts, current_host: 'algo-1' } });
  assert.equal((await readTrainingConfig(first)).idleness, undefined);
  const second = await configure(t, { resourceconfig: { ...twoHosts, current_host: 'algo-2' } });
  assert.match(
    (await readTrainingConfig(second)).idleness ?? '',
    /algo-2 does nothing: training runs on one host, algo-1\. .*too little gain .*not 2/,
  );
});

test('a host that is not among the hosts is rejected with the file’s name', async (t) => {
  for (const wrong of [{ current_host: 'algo-3' }, { current_host: 'algo-1', hosts: 'algo-1' }]) {
    const directory = await configure(t, { resourceconfig: { ...twoHosts, ...wrong } });
    await assert.rejects(readTrainingConfig(directory), userError('resourceconfig.json', wrong.current_host));
  }
});

test('File and FastFile channels are read; an unused channel is reported', async (t) => {
  const directory = await configure(t, {
    inputdataconfig: {
      training: fileMode,
      validation: { ...fileMode, TrainingInputMode: 'FastFile', ContentType: 'text/csv' },
      embeddings: { ...fileMode, S3DistributionType: 'ShardedByS3Key' },
      trainign: fileMode,
    },
  });
  assert.deepEqual((await readTrainingConfig(directory)).notes, [
    'The channel trainign is not read: the channels are training, train, validation, embeddings, pretrained, code.',
  ]);
});

test('Pipe mode, RecordIO and a part of a channel are rejected with what to choose instead', async (t) => {
  const refused = async (channel: object, ...parts: string[]) => {
    const directory = await configure(t, {
      inputdataconfig: { training: { ...fileMode, ...channel } },
      resourceconfig: { ...twoHosts, current_host: 'algo-1' },
    });
    await assert.rejects(readTrainingConfig(directory), userError('channel training', ...parts));
  };
  await refused({ TrainingInputMode: 'Pipe' }, 'Pipe', 'FastFile');
  await refused({ RecordWrapperType: 'RecordIO' }, 'RecordIO', 'None');
  await refused({ S3DistributionType: 'ShardedByS3Key' }, '2 hosts', 'FullyReplicated');
});

test('checkpoints go where checkpointconfig.json says, else to checkpoints/ where that exists', async (t) => {
  const elsewhere = join(await temporaryFolder(t), 'elsewhere');
  const directory = await configure(t, {
    checkpointconfig: { LocalPath: elsewhere, S3Uri: 's3://bucket/checkpoints' },
  });
  await mkdir(directory.checkpoints);
  const missing = await readTrainingConfig(directory);
  assert.equal(missing.checkpointFolder, undefined);
  assert.match(missing.notes.join(), /No checkpoints are kept: .*checkpointconfig\.json names .*elsewhere/);
  await mkdir(elsewhere);
  const found = await readTrainingConfig(directory);
  assert.deepEqual([found.checkpointFolder, found.notes], [elsewhere, []]);

  const usual = await configure(t, { checkpointconfig: { S3Uri: 's3://bucket/checkpoints' } });
  assert.deepEqual(await readTrainingConfig(usual), { hyperparameters: {}, notes: [] });
  await mkdir(usual.checkpoints);
  assert.equal((await readTrainingConfig(usual)).checkpointFolder, usual.checkpoints);
});
