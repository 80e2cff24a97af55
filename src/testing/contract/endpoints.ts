// Endpoints: answers, lineage, updates, scaling, artifacts that do not load.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Prediction } from '../../model/training/classifier';
import { assertClose, userError } from '../folders';
import { firstTrained, running, trainBoth, untimed, type Walk } from './walk';

export async function testEndpoints(t: TestContext, walk: Walk): Promise<void> {
  await testDeploy(t, walk);
  await testLineage(t, walk);
  await testLists(t, walk);
  await testUpdate(t, walk);
  await testScale(t, walk);
  await testDelete(t, walk);
}

async function testDeploy(t: TestContext, walk: Walk): Promise<void> {
  const { session } = walk;
  const trained = await trainBoth(walk);
  await t.test('two endpoints at once each answer from their own artifact', async () => {
    const [first, second] = await Promise.all(
      trained.map(({ modelArtifact = '' }, index) =>
        session.deploy(modelArtifact, { name: `endpoint-${index + 1}`, alarms: {}, logDays: 7 }),
      ),
    );
    assert.ok(first && second);
    assert.notEqual(first.url, second.url);
    assert.deepEqual(await running(session), [
      { kind: 'endpoint', name: 'endpoint-1' },
      { kind: 'endpoint', name: 'endpoint-2' },
    ]);
    const answers = await Promise.all([first.predict('bank profit'), second.predict('bank profit')]);
    for (const { result, probabilities, latency } of answers) {
      assert.ok(latency > 0);
      const shares = Object.values(probabilities);
      assert.deepEqual(Object.keys(probabilities), [
        'Business',
        'Entertainment',
        'Health',
        'Science & Technology',
      ]);
      assert.equal(probabilities[result], Math.max(...shares));
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-4);
    }
    assert.notDeepEqual(...(answers.map(untimed) as [Prediction, Prediction]));
    assert.match(await first.extend(2), /^Endpoint endpoint-1 /);
  });

  await t.test('alarms and a time for the log that AWS does not accept are rejected', async () => {
    const artifact = trained[0]?.modelArtifact ?? '';
    await assert.rejects(session.deploy(artifact, { logDays: 2 }), userError('logDays is 2', '1, 3, 5, 7'));
    for (const [alarms, words] of [
      [{ errorPercent: 101 }, 'errorPercent is 101'],
      [{ latencyMilliseconds: -1 }, 'latencyMilliseconds is -1'],
      [{ notify: 'me' }, 'notify is "me"'],
    ] as const) {
      await assert.rejects(session.deploy(artifact, { alarms }), userError('deploy()', words));
    }
  });

  await t.test('the name of an endpoint is invalid for another, and the first keeps answering', async () => {
    const artifact = trained[0]?.modelArtifact ?? '';
    await assert.rejects(
      session.deploy(artifact, { name: 'endpoint-1' }),
      userError('"endpoint-1" is taken'),
    );
    assert.ok((await (await session.attachEndpoint('endpoint-1')).predict('bank')).result);
  });
}

async function testLineage(t: TestContext, walk: Walk): Promise<void> {
  const { session, reopen, channels } = walk;
  const trained = await trainBoth(walk);
  await t.test(
    'a prediction leads back to its job, data, code and metrics, in a later kernel too',
    async () => {
      const endpoint = await session.attachEndpoint('endpoint-1');
      const { model = '' } = await endpoint.predict('bank profit');
      assert.match(model, /^[0-9a-f]{16}$/);
      const models = (await endpoint.predict(['bank', 'film'])).map((one) => one.model);
      assert.deepEqual(models, [model, model]);
      const lineage = await reopen().lineage(model);
      const [first] = trained;
      assert.deepEqual(
        [lineage.model, lineage.job, lineage.modelArtifact],
        [model, 'first-job', first?.modelArtifact],
      );
      const uploaded = channels.map(({ name, uri }) => [name, /-([0-9a-f]{16})\/?$/.exec(uri)?.[1]]);
      assert.deepEqual(lineage.origin?.data, Object.fromEntries(uploaded));
      assert.match(lineage.origin?.code ?? '', /^[0-9a-f]{16}$/);
      assert.equal(lineage.hyperparameters.epochs, 3);
      assert.deepEqual([lineage.trainingRows, lineage.validationRows], [64, 9]);
      const [last] = first?.metrics.slice(-1) ?? [];
      assert.equal(lineage.metrics?.epoch, last?.epoch);
      assertClose([lineage.metrics?.loss ?? -1], [last?.loss ?? 0], 1e-3);
      const [other] = await (await session.attachEndpoint('endpoint-2')).predict(['bank']);
      assert.notEqual(other?.model, model);
      assert.equal((await session.lineage(other?.model ?? '')).job, trained[1]?.name);
      await assert.rejects(session.lineage('0123456789abcdef'), userError('"0123456789abcdef"'));
    },
  );
}

async function testLists(t: TestContext, { session }: Walk): Promise<void> {
  await t.test('a list longer than a request is answered in its order', async () => {
    const endpoint = await session.attachEndpoint('endpoint-2');
    const shareOf = ({ probabilities }: Prediction) => probabilities.Business as number;
    const singly = new Map<string, number>();
    for (const title of ['bank profit', 'film singer', 'doctor vaccine']) {
      singly.set(title, shareOf(await endpoint.predict(title)));
    }
    const [least, middle, most] = [...singly.values()].sort() as [number, number, number];
    assert.ok(middle - least > 0.001 && most - middle > 0.001, 'they can be told apart');
    const titles = Array.from({ length: 1003 }, (_, row) => [...singly.keys()][(row * row) % 3] as string);
    const predictions = await endpoint.predict(titles);
    const expected = titles.map((title) => singly.get(title) as number);
    assertClose(predictions.map(shareOf), expected, 1e-5);
    assert.deepEqual(await endpoint.predict([]), []);
    assert.equal((await endpoint.predict(['bank'])).length, 1);
  });
}

async function testUpdate(t: TestContext, walk: Walk): Promise<void> {
  const { session, reopen, damage } = walk;
  const trained = await trainBoth(walk);
  await t.test(
    'an endpoint goes over to another artifact, for all who ask it, and is one endpoint',
    async () => {
      const attached = await reopen().attachEndpoint('endpoint-1');
      const before = untimed(await attached.predict('bank profit'));
      const other = await session.attachEndpoint('endpoint-2');
      const first = await session.attachEndpoint('endpoint-1');
      await assert.rejects(first.update(`${trained[1]?.modelArtifact}-missing`), userError('-missing'));
      const damaged = await damage(trained[1]?.modelArtifact ?? '');
      await assert.rejects(
        first.update(damaged),
        userError('endpoint-1', 'answers from its old artifact', 'The model artifact cannot be used'),
      );
      assert.deepEqual(untimed(await attached.predict('bank profit')), before);
      await first.update(trained[1]?.modelArtifact ?? '');
      assert.deepEqual(
        untimed(await attached.predict('bank profit')),
        untimed(await other.predict('bank profit')),
      );
      await assert.rejects(first.update('any', { watchMinutes: 0 }), userError('watchMinutes is 0'));
      await first.update(trained[0]?.modelArtifact ?? '', { watchMinutes: 1 });
      assert.deepEqual(untimed(await attached.predict('bank profit')), before);
      assert.deepEqual(await running(session), [
        { kind: 'endpoint', name: 'endpoint-1' },
        { kind: 'endpoint', name: 'endpoint-2' },
      ]);
    },
  );
}

async function testScale(t: TestContext, { reopen }: Walk): Promise<void> {
  await t.test('an endpoint grows within its bounds, and loses no request when it shrinks', async () => {
    const endpoint = await reopen().attachEndpoint('endpoint-1');
    for (const bounds of [{ to: 0 }, { to: 1.5 }, { from: 3, to: 2 }, { to: 2, requestsPerSecond: 0 }]) {
      await assert.rejects(endpoint.scale(bounds), userError('scale()', 'must be'));
    }
    const before = untimed(await endpoint.predict('bank profit'));
    assert.match(await endpoint.scale({ from: 3, to: 3 }), /endpoint-1/);
    await untilSettled(() => endpoint.scale({ from: 3, to: 3 }));

    let isShrinking = true;
    let answered = 0;
    const askAllTheWhile = async () => {
      while (isShrinking) {
        assert.deepEqual(untimed(await endpoint.predict('bank profit')), before);
        answered += 1;
      }
    };
    const asking = Promise.all(Array.from({ length: 8 }, askAllTheWhile));
    await endpoint.scale({ to: 1 });
    await untilSettled(() => endpoint.scale({ to: 1 }));
    isShrinking = false;
    await asking;
    assert.ok(answered >= 8, `${answered}`);
  });
}

async function testDelete(t: TestContext, { session, reopen }: Walk): Promise<void> {
  await t.test(
    'attaching to an endpoint works until it is deleted; afterwards the error says what to do',
    async () => {
      const first = await session.attachEndpoint('endpoint-1');
      const attached = await reopen().attachEndpoint('endpoint-1');
      assert.deepEqual([attached.name, attached.url], [first.name, first.url]);
      assert.deepEqual(
        untimed(await attached.predict('bank profit')),
        untimed(await first.predict('bank profit')),
      );
      await attached.delete();
      await attached.delete();
      await first.delete();
      await assert.rejects(first.predict('bank'), userError('Deploy it again'));
      await assert.rejects(session.attachEndpoint('endpoint-1'), userError('endpoint-1'));
      assert.deepEqual(await running(session), [{ kind: 'endpoint', name: 'endpoint-2' }]);
      await (await session.attachEndpoint('endpoint-2')).delete();
    },
  );
}

export async function testInvalidArtifacts(t: TestContext, walk: Walk): Promise<void> {
  const { session, damage } = walk;
  const { modelArtifact = '' } = await firstTrained(walk);
  await t.test('an artifact that is missing is rejected, and nothing is left running', async () => {
    const missing = `${modelArtifact}-missing`;
    await assert.rejects(session.deploy(missing, { name: 'invalid' }), userError(missing));
    assert.deepEqual(await running(session), []);
    await assert.rejects(session.attachEndpoint('invalid'), userError('invalid'));
  });

  await t.test(
    'a damaged artifact is rejected in the server’s words, and nothing is left running',
    async () => {
      const damaged = await damage(modelArtifact);
      await assert.rejects(
        session.deploy(damaged, { name: 'invalid' }),
        userError('invalid', 'The model artifact cannot be used', 'weights.bin'),
      );
      assert.deepEqual(await running(session), []);
      await assert.rejects(session.attachEndpoint('invalid'), userError('invalid'));
    },
  );
}

/** An endpoint is not changed while it still changes. */
async function untilSettled(change: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await change();
      return;
    } catch (error) {
      if (!/is Updating/.test((error as Error).message)) throw error;
      await setTimeout(100);
    }
  }
}
