import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runNotebook } from '../../jupyter/run';
import { startAws } from '../../testing/aws';
import { codeNotebook, setEnvironment, temporaryFolder, userError } from '../../testing/folders';
import { printPreflight } from './preflightMain';

const limits = { timeout: 60_000 };

test('a run on AWS begins with the preflight, and npm run preflight shows it', limits, async (t) => {
  const aws = await startAws(t, { quota: 0 });
  setEnvironment(t, { SESSION: 'aws', BUDGET_USD: '2' });
  const folder = await temporaryFolder(t);
  const source = join(folder, 'one.ipynb');
  await writeFile(source, JSON.stringify(codeNotebook(['console.log(process.env.PREFLIGHT)'])));
  const run = () => runNotebook(source, { folder: join(folder, 'out'), print: () => undefined });
  await assert.rejects(run(), userError('quota for endpoints'));
  const lines: string[] = [];
  assert.equal(await printPreflight((text) => lines.push(text)), false);
  assert.match(
    lines.join('\n'),
    /- where ok: us-east-1.*- quota for endpoints fails: .*\n2 of 1\d would fail, and 2 that only `npm start -- scale` needs\.$/s,
  );
  await aws.rehearsal.close();
  const other = await startAws(t);
  assert.equal(await printPreflight((text) => lines.push(text)), true);
  assert.match(lines.at(-1) ?? '', /Nothing found/);
  const { ipynb } = await run();
  assert.match(await readFile(ipynb, 'utf8'), /done/);
  assert.ok(other.rehearsal.requests.length > 5);
});
