// Kernels that are killed at random points of the walk: one cleanUp() from a new kernel, and nothing is left.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { seededRandom } from '../../data/random';
import { listLeft } from '../../rehearsal/leftovers';
import { startTrained } from '../../testing/aws';
import { startProgram, temporaryFolder } from '../../testing/folders';
import { whySlow } from '../../testing/slow';
import type { WalkOfKernel } from '../../testing/walkMain';

const kills = 5;

test('kernels killed at five random points leave nothing that one clean-up does not end', {
  timeout: 600_000,
  skip: whySlow('it takes a minute'),
}, async (t) => {
  const { aws, session, folder, channels, modelArtifact } = await startTrained(t);
  const ledger = join(folder, 'ledger.jsonl');
  const walk: WalkOfKernel = { channels, modelArtifact, folder: await temporaryFolder(t), ledger };
  const program = join(__dirname, '..', '..', 'testing', 'walkMain.js');
  /** Walks until that request, and returns how many there were. */
  const walkUntil = async (last: number) => {
    const environment = { SAGEMAKER_ROLE: process.env.SAGEMAKER_ROLE ?? '' };
    const kernel = startProgram(t, [process.execPath, program, JSON.stringify(walk)], { environment });
    let seen = 0;
    aws.fault = () => {
      seen += 1;
      if (seen === last) kernel.child.kill('SIGKILL');
      return undefined;
    };
    const ended = await kernel.ended;
    aws.fault = () => undefined;
    assert.equal(ended, last > seen ? 0 : 'SIGKILL', kernel.output());
    return seen;
  };
  const requests = await walkUntil(Number.POSITIVE_INFINITY);
  await session.cleanUp();
  const random = seededRandom(1);
  let found = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await walkUntil(1 + Math.floor(random.fraction() * requests));
    found += (await listLeft(aws.rehearsal.url)).length;
    await aws.open(folder).cleanUp();
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  }
  assert.ok(found > 0, 'something was left to end');
});
