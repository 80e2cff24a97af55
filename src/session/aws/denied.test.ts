// A walk over every verb with each permission missing in turn: each ends in a sentence, and nothing unnamed stays behind.
import assert from 'node:assert/strict';
import test from 'node:test';
import { UserError } from '../../platform/errors';
import { listLeft, nameOfLeft } from '../../rehearsal/leftovers';
import { needsOf } from '../../rehearsal/permissions';
import { startTrained } from '../../testing/aws';
import { temporaryFolder } from '../../testing/folders';
import { enforce } from '../../testing/iam';
import { whySlow } from '../../testing/slow';
import { walkParts } from '../../testing/walk';

const everything = { Effect: 'Allow', Action: '*' } as const;

/** Runs what may fail with a sentence only, and returns the sentence. */
async function sentenceOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return '';
  } catch (error) {
    assert.ok(error instanceof UserError, `no sentence: ${(error as Error).stack}`);
    return error.message;
  }
}

/** Whether a text names what is left, such as `endpoint left`, or says that its kind could not be listed. */
function isNamed(left: string, text: string): boolean {
  return text.includes(nameOfLeft(left)) || text.includes(`${left.replace(/ \S+$/, '')}s: `);
}

for (const [part, run] of Object.entries(walkParts)) {
  test(`${part}: without any one permission it ends in a sentence, and what stays is named`, {
    timeout: 600_000,
    skip: whySlow('it takes minutes'),
  }, async (t) => {
    const { aws, session, channels, modelArtifact } = await startTrained(t);
    const walk = { session, channels, modelArtifact, folder: await temporaryFolder(t) };
    const used = new Set<string>();
    aws.authorize = (asked) => {
      for (const { action } of needsOf(asked, aws.rehearsal.account)) used.add(action);
      return undefined;
    };
    await run(walk);
    await session.cleanUp();
    aws.authorize = () => undefined;
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
    for (const action of used) {
      await t.test(action, async () => {
        const refused = enforce(aws, [{ Statement: [everything, { Effect: 'Deny', Action: action }] }]);
        const ofRun = await sentenceOf(run(walk));
        assert.ok(ofRun === '' || ofRun.includes(action), ofRun);
        // What has been told before may be about a success.
        aws.told.length = 0;
        const ofEnd = await sentenceOf(session.cleanUp());
        assert.ok(refused.has(action));
        aws.authorize = () => undefined;
        const text = [ofRun, ofEnd, ...aws.told].join('\n');
        const unnamed = (await listLeft(aws.rehearsal.url)).filter((left) => !isNamed(left, text));
        assert.deepEqual(unnamed, [], text);
        await session.cleanUp();
        assert.deepEqual(await listLeft(aws.rehearsal.url), []);
      });
    }
  });
}
