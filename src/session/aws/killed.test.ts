// Kernels that are killed at random points of the walk: one cleanUp() from a new kernel, and nothing is left.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { seededRandom, shuffled } from '../../data/random';
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
  /** Walks until the first request of an operation, or to the end, and returns the operations. */
  const walkUntil = async (last?: string) => {
    const environment = { SAGEMAKER_ROLE: process.env.SAGEMAKER_ROLE ?? '' };
    const kernel = startProgram(t, [process.execPath, program, JSON.stringify(walk)], { environment });
    const seen = new Set<string>();
    aws.fault = (operation) => {
      seen.add(operation);
      if (operation === last) kernel.child.kill('SIGKILL');
      return undefined;
    };
    assert.equal(await kernel.ended, last ? 'SIGKILL' : 0, kernel.output());
    // What has arrived is done, whether or not anybody reads the answer.
    await aws.rehearsal.settled();
    aws.fault = () => undefined;
    return seen;
  };
  const operations = [...(await walkUntil())].filter((one) =>
    /\.(Create|Put|Register|Update|Delete)/.test(one),
  );
  await session.cleanUp();
  let found = 0;
  for (const operation of shuffled(operations, seededRandom(1)).slice(0, kills)) {
    await walkUntil(operation);
    found += (await listLeft(aws.rehearsal.url)).length;
    await aws.open(folder).cleanUp();
    assert.deepEqual(await listLeft(aws.rehearsal.url), [], operation);
  }
  assert.ok(found > 0, 'something was left to end');
});
