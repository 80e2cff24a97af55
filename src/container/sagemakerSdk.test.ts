// An independent client: the SageMaker Python SDK's local mode trains, deploys and asks the image, unchanged.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeadlines } from '../data/headlines';
import { buildImage } from '../image/build/buildImage';
import { docker, testBase, testWithDocker } from '../testing/docker';
import {
  assertClose,
  atEnd,
  createCorpus,
  findFreePort,
  startProgram,
  writeTopicVectors,
} from '../testing/folders';
import { tinyNetwork } from '../testing/tinyNetwork';
import { codeFiles } from './networkCode';

/** A Python with the SDK, which CI installs: see .ci/sagemaker_sdk. */
const python = process.env.SAGEMAKER_SDK_PYTHON ?? '';

/** The SDK leaves its containers behind, which docker-compose started from a file below that folder. */
function removeContainersOf(folder: string): void {
  const format = '{{.ID}} {{.Label "com.docker.compose.project.working_dir"}}';
  for (const line of docker('ps', '--all', '--format', format).output.split('\n')) {
    const [id = '', place = ''] = line.split(' ');
    if (place.startsWith(folder)) docker('rm', '--force', '--volumes', id);
  }
}

testWithDocker('the SageMaker Python SDK trains, deploys and asks the image in its local mode', async (t) => {
  if (!existsSync(python)) return t.skip('SAGEMAKER_SDK_PYTHON names no Python with the SageMaker SDK');
  const { name } = await buildImage({ baseImage: testBase, onProgress() {} });
  // Without a space: the SDK writes its paths into a compose file unquoted.
  const folder = await mkdtemp(join(tmpdir(), 'sdk-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  atEnd(t, () => removeContainersOf(folder));
  await mkdir(join(folder, 'training'), { recursive: true });
  await writeHeadlines(join(folder, 'training', 'headlines.tsv'), createCorpus());
  const vectors = await writeTopicVectors(join(folder, 'vectors'));
  const code = join(folder, 'code');
  await mkdir(code);
  await writeFile(join(code, codeFiles.code), tinyNetwork().code);
  const script = join(__dirname, '..', '..', 'src', 'testing', 'fixtures', 'localMode.py');
  const port = String(await findFreePort());
  const program = startProgram(t, [python, script, name, join(folder, 'training'), vectors, code, port], {
    environment: { TMPDIR: folder },
  });
  assert.equal(await program.ended, 0, program.output());
  assert.match(program.output(), /"optimizer":"adam".*"units":3/);
  assert.match(program.output(), /epoch=2 /);
  const { answer, status } = JSON.parse(program.output().trim().split('\n').at(-1) ?? '');
  assert.equal(status, 413, 'a body of 6 MiB and 8 bytes');
  const { results } = answer;
  assert.equal(results.length, 2);
  for (const { result, probabilities } of results) {
    const shares = Object.values(probabilities as Record<string, number>);
    assert.equal(probabilities[result], Math.max(...shares));
    assertClose([shares.reduce((sum, share) => sum + share, 0)], [1], 1e-4);
  }
});
