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

/** Whether a text names what is left, such as `endpoint one`, or says that its kind could not be listed. */
function isNamed(left: string, text: string): boolean {
  return text.includes(nameOfLeft(left)) || text.includes(`${left.replace(/ \S+$/, '')}s: `);
}

/** Whether a model or configuration is of an endpoint that is left, too: after an update they have another name. */
function isPartOf(one: string, left: readonly string[]): boolean {
  return /^(model|endpoint configuration) /.test(one) && left.some((other) => /^endpoint \S+$/.test(other));
}

for (const [part, run] of Object.entries(walkParts)) {
  test(`${part}: without any one permission it ends in a sentence, and what stays is named`, {
    timeout: 600_000,
    skip: whySlow('it takes minutes'),
  }, async (t) => {
    const { aws, folder, channels, modelArtifact } = await startTrained(t);
    const given = { channels, modelArtifact, folder: await temporaryFolder(t) };
    /** A kernel of its own each time, which has asked nothing yet. */
    const open = () => aws.open(folder, { budget: 100_000 });
    const used = new Set<string>();
    aws.authorize = (asked) => {
      for (const { action } of needsOf(asked, aws.rehearsal.account)) used.add(action);
      return undefined;
    };
    const first = open();
    await run({ ...given, session: first });
    await first.cleanUp();
    aws.authorize = () => undefined;
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
    for (const action of used) {
      await t.test(action, async () => {
        const refused = enforce(aws, [{ Statement: [everything, { Effect: 'Deny', Action: action }] }]);
        const session = open();
        const ofRun = await sentenceOf(run({ ...given, session }));
        assert.ok(ofRun === '' || ofRun.includes(action), ofRun);
        // What has been told before may be about a success.
        aws.told.length = 0;
        const ofEnd = await sentenceOf(session.cleanUp());
        // The log of an endpoint is read while it starts, which may be over sooner here.
        assert.ok(refused.has(action) || action === 'logs:GetLogEvents');
        aws.authorize = () => undefined;
        const text = [ofRun, ofEnd, ...aws.told].join('\n');
        const left = await listLeft(aws.rehearsal.url);
        const unnamed = left.filter((one) => !isNamed(one, text) && !isPartOf(one, left));
        assert.deepEqual(unnamed, [], text);
        await session.cleanUp();
        assert.deepEqual(await listLeft(aws.rehearsal.url), []);
      });
    }
  });
}
