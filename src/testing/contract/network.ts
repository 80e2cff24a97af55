// Networks of the user's own: the way from a request to a job, an endpoint and the lineage.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { lineageTable } from '../../session/contract/lineage';
import type { TrainingRequest } from '../../session/contract/session';
import { userError } from '../folders';
import { tinyNetwork } from '../tinyNetwork';
import { running, type Walk } from './walk';

const network = tinyNetwork();

export async function testNetwork(t: TestContext, walk: Walk): Promise<void> {
  await testTrained(t, walk);
  await testTuned(t, walk);
  await testRejected(t, walk);
}

async function testTrained(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  await t.test(
    'a network trains with hyperparameters of its own, answers, and is in the lineage',
    async () => {
      const job = await session.train({
        name: 'own-network',
        channels,
        network,
        hyperparameters: { epochs: 2, learning_rate: 0.01, optimizer: 'adam', units: 3 },
      });
      const log: string[] = [];
      const { metrics, modelArtifact } = await job.wait({ onLog: (line) => log.push(line) });
      assert.equal(metrics.length, 2);
      assert.match(log[0] ?? '', /"architecture":"own".*"optimizer":"adam".*"units":3,"activation":"relu"/);
      const endpoint = await session.deploy(modelArtifact ?? '');
      const { result, model = '' } = await endpoint.predict('bank');
      assert.ok(result);
      await endpoint.delete();

      const lineage = await reopen().lineage(model);
      assert.equal(lineage.job, 'own-network');
      assert.equal(lineage.source, network.source);
      const { optimizer, units, activation } = lineage.hyperparameters;
      assert.deepEqual([optimizer, units, activation], ['adam', 3, 'relu']);
      const rows = new Map(lineageTable(lineage).map(({ what, value }) => [what, value]));
      assert.match(String(rows.get('network')), /^[0-9a-f]{16}$/);
      assert.match(
        String(rows.get('network source')),
        /^8 lines: export const hyperparameters = \{ units: 4/,
      );
      assert.equal(rows.get('hyperparameter: units'), 3);
      assert.ok(!rows.has('data: code'));
    },
  );
}

async function testTuned(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  await t.test('a tuning job searches hyperparameters of the network', async () => {
    const job = await session.tune({
      channels,
      network,
      ranges: { units: { from: 2, to: 6 }, activation: ['relu', 'tanh'], batch_size: [8, 16] },
      hyperparameters: { epochs: 1 },
      trials: 2,
    });
    const { trials, best } = await job.wait();
    for (const { status, hyperparameters, reason } of trials) {
      assert.equal(status, 'Completed', reason);
      assert.ok(Number.isInteger(hyperparameters.units), String(hyperparameters.units));
      assert.match(String(hyperparameters.activation), /^(relu|tanh)$/);
    }
    const endpoint = await session.deploy(best?.modelArtifact ?? '');
    const { model = '' } = await endpoint.predict('bank');
    await endpoint.delete();
    const { hyperparameters } = await reopen().lineage(model);
    assert.equal(hyperparameters.units, best?.hyperparameters.units);
  });
}

async function testRejected(t: TestContext, { session, channels }: Walk): Promise<void> {
  await t.test(
    'a wrong network, or what does not go with one, is rejected before anything starts',
    async () => {
      const train = (changed: object) => session.train({ channels, network, ...changed } as TrainingRequest);
      const hyperparameters = (given: object) => train({ hyperparameters: given });
      const notGiven = userError('network must be the result of', 'await');
      for (const wrong of [null, './my_network.ts', () => 1, Promise.resolve(network), { code: 3 }]) {
        await assert.rejects(train({ network: wrong }), notGiven);
      }
      await assert.rejects(
        hyperparameters({ unit: 3 }),
        userError('"unit"; known are architecture', 'units'),
      );
      await assert.rejects(
        hyperparameters({ units: 'many' }),
        userError('units is "many"; expected a number'),
      );
      await assert.rejects(hyperparameters({ activation: 3 }), userError('activation is 3; expected a word'));
      await assert.rejects(hyperparameters({ epochs: 0 }), userError('epochs is 0'));
      await assert.rejects(hyperparameters({ dropout: 0.2 }), userError('dropout does not apply to own'));
      await assert.rejects(hyperparameters({ architecture: 'cnn' }), userError('architecture is cnn'));
      const own = { architecture: 'own' };
      await assert.rejects(train({ network: undefined, hyperparameters: own }), userError('readNetwork('));
      await assert.rejects(
        train({ network: undefined, hyperparameters: { units: 3 } }),
        userError('unknown hyperparameter "units"'),
      );
      const code = { name: 'code', uri: channels[0]?.uri };
      await assert.rejects(train({ channels: [...channels, code] }), userError('the channel code'));
      const declared = { ...network, hyperparameters: { epochs: 3 } };
      await assert.rejects(train({ network: declared }), userError('epochs is a hyperparameter of every'));

      const tune = (ranges: object) => session.tune({ channels, network, ranges: { ...ranges } });
      await assert.rejects(tune({ unit: { from: 1, to: 2 } }), userError('"unit"; known are', 'units'));
      await assert.rejects(tune({ activation: { from: 1, to: 2 } }), userError('must be a list'));
      await assert.rejects(tune({ architecture: ['own', 'cnn'] }), userError('architecture is in ranges'));
      assert.deepEqual(await running(session), []);
    },
  );
}
