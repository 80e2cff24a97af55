// `npm run clean-up`, and what a failed run says before it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { runNotebook } from '../../jupyter/run';
import { listLeft } from '../../rehearsal/leftovers';
import { type LocalAws, ledgerFolder, startAws } from '../../testing/aws';
import {
  createNotebook,
  setEnvironment,
  startProgram,
  temporaryFolder,
  uploadCorpus,
  userError,
} from '../../testing/folders';
import { describeStillBilled } from '../stillBilled';
import { endAll } from './cleanUpMain';

const limits = { timeout: 240_000 };

interface Bench {
  aws: LocalAws;
  modelArtifact: string;
  began: Date;
}

/** An account with a trained model, and the environment of a user whose ledger is in a folder of its own. */
async function prepare(t: TestContext): Promise<Bench> {
  const began = new Date();
  const aws = await startAws(t);
  const folder = await ledgerFolder(t);
  setEnvironment(t, { LEDGER: join(folder, 'ledger.jsonl'), BUDGET_USD: '2', SESSION: undefined });
  const session = aws.open(folder);
  const channels = await uploadCorpus(t, session);
  const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
  const { modelArtifact = '' } = await job.wait();
  return { aws, modelArtifact, began };
}

test(
  'a run that fails after deploy() names the endpoint, its price and the command that ends it',
  limits,
  async (t) => {
    const { aws, modelArtifact } = await prepare(t);
    const folder = await temporaryFolder(t);
    const source = join(folder, 'failing.ipynb');
    const root = join(__dirname, '..', '..', 'index');
    const cells = [
      `const workshop = require(${JSON.stringify(root)}); const session = workshop.openSession({ kind: 'aws' });`,
      `await session.deploy(${JSON.stringify(modelArtifact)}, { name: 'forgotten' })`,
      "throw new Error('this went wrong')",
    ].map((code) => ({ cell_type: 'code' as const, source: code, outputs: [] }));
    await writeFile(source, JSON.stringify(createNotebook(cells)));
    await assert.rejects(
      runNotebook(source, { folder: join(folder, 'out'), print: () => undefined }),
      userError(
        'this went wrong',
        'Still billed in us-east-1:\n- endpoint forgotten: $1.00 an hour',
        'To end it: npm run clean-up',
      ),
    );

    const main = join(__dirname, 'cleanUpMain.js');
    const environment = { LEDGER: process.env.LEDGER as string };
    const looking = startProgram(t, [process.execPath, main, '--dry-run'], { environment });
    assert.equal(await looking.ended, 0, looking.output());
    assert.match(looking.output(), /Would end: endpoint forgotten/);
    assert.equal((await listLeft(aws.rehearsal.url)).length, 4);
    const ending = startProgram(t, [process.execPath, main], { environment });
    assert.equal(await ending.ended, 0, ending.output());
    assert.match(
      ending.output(),
      /Runs in us-east-1 \(from AWS_REGION\):\n- endpoint forgotten: \$1\.00 an hour.*Ended: endpoint forgotten\nLeft in us-east-1 .*: nothing found/s,
    );
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

test('a clean-up that fails says what is left, and its price', limits, async (t) => {
  const { aws, modelArtifact } = await prepare(t);
  await aws.open(join(process.env.LEDGER as string, '..')).deploy(modelArtifact, { name: 'kept' });
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  aws.fault = (operation) =>
    operation === 'SageMaker.DeleteEndpoint' ? { status: 403, type: 'AccessDeniedException' } : undefined;
  await assert.rejects(endAll({}, print), userError('endpoint kept: injected'));
  assert.match(lines.at(-1) ?? '', /^Left in us-east-1.*\n- endpoint kept: \$1\.00 an hour/);
  aws.fault = () => undefined;
  await endAll({}, print);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test(
  'a failure says nothing of AWS if nothing was created there, and names the ledger’s if AWS does not answer',
  limits,
  async (t) => {
    const { aws, began } = await prepare(t);
    assert.equal(await describeStillBilled(new Date()), '');
    setEnvironment(t, { SESSION: 'aws' });
    assert.match(await describeStillBilled(new Date()), /nothing is left that is billed by the hour/);
    aws.fault = () => ({ status: 403, type: 'AccessDenied' });
    const text = await describeStillBilled(began);
    assert.match(
      text,
      /could not be listed: .*This run created: training job headlines-.*\n.*npm run clean-up$/s,
    );
    setEnvironment(t, { AWS_REGION: 'eu-west-1' });
    aws.fault = () => undefined;
    assert.match(await describeStillBilled(began), /in us-east-1, nothing .*\nOn AWS, in eu-west-1/);
  },
);
