// The model registry: versions of models, which are deployed once they are approved.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { userError } from '../folders';
import { trainBoth, untimed, type Walk } from './walk';

export async function testRegistry(t: TestContext, walk: Walk): Promise<void> {
  const { session, reopen } = walk;
  const [first, second] = (await trainBoth(walk)).map(({ modelArtifact = '' }) => modelArtifact);
  await t.test(
    'a registered model is deployed once it is approved, and not after it is rejected',
    async () => {
      assert.deepEqual(await session.registeredModels(), []);
      const one = await session.register(first ?? '', { description: 'The first.' });
      const two = await session.register(second ?? '');
      assert.deepEqual(
        [one, two].map(({ group, version, status, description, modelArtifact }) => [
          group,
          version,
          status,
          description,
          modelArtifact,
        ]),
        [
          ['headlines-classifier', 1, 'PendingManualApproval', 'The first.', first],
          ['headlines-classifier', 2, 'PendingManualApproval', undefined, second],
        ],
      );
      await assert.rejects(
        session.deploy(one, { name: 'registered' }),
        userError('Version 1 of headlines-classifier has not been approved yet', 'model.approve('),
      );
      const approved = await one.approve('It is right more often.');
      assert.deepEqual([approved.status, approved.note], ['Approved', 'It is right more often.']);
      const listed = await reopen().registeredModels();
      assert.deepEqual(
        listed.map(({ version, status }) => [version, status]),
        [
          [2, 'PendingManualApproval'],
          [1, 'Approved'],
        ],
      );
      // The object from before the approval names the same version.
      const endpoint = await session.deploy(one, { name: 'registered' });
      const answer = untimed(await endpoint.predict('bank profit'));
      await endpoint.update(second ?? '');
      assert.notDeepEqual(untimed(await endpoint.predict('bank profit')), answer);
      assert.match(await endpoint.extend(2), /^Endpoint registered /);
      await endpoint.delete();
      assert.equal((await approved.reject()).status, 'Rejected');
      await assert.rejects(session.deploy(one), userError('Version 1 of headlines-classifier was rejected'));
    },
  );

  await t.test('versions are deleted one by one, and the group with the last', async () => {
    const [two, one] = await session.registeredModels();
    await one?.delete();
    await one?.delete();
    const gone = userError('There is no version 1 of headlines-classifier', 'registeredModels(');
    await assert.rejects(async () => await one?.approve(), gone);
    if (one) await assert.rejects(session.deploy(one), gone);
    await two?.delete();
    assert.deepEqual(await session.registeredModels(), []);
    await assert.rejects(session.register(first ?? '', { group: 'a b' }), userError('"a b"'));
    await assert.rejects(session.register(`${first}-missing`), userError('-missing'));
  });
}
