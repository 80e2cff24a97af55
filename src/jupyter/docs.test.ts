// The pages in docs/: their code blocks run on the notebook's kernel, one after the other, as cells, and print what
// the comments behind console.log say.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import { generateHeadlines } from '../data/synthetic';
import { pretrainedFolder } from '../model/transformer/pretrained';
import { whyNoDocker } from '../testing/docker';
import { startEcr, whyNoEcr } from '../testing/ecr';
import { codeNotebook } from '../testing/folders';
import { whySlow } from '../testing/slow';
import type { Cell, Notebook } from './format';
import { runNotebook } from './run';

// The kernel inherits the environment.
delete process.env.SESSION;

const root = join(__dirname, '..', '..');
const docs = join(root, 'docs');
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

/** The file that a reader writes beside the notebook. */
const [, ownNetwork = ''] =
  /^```typescript\n(.*?)^```$/ms.exec(readFileSync(join(docs, 'own-network.md'), 'utf8')) ?? [];

for (const page of pages) {
  const text = readFileSync(join(docs, page), 'utf8');
  // A word behind ts says what a block needs: "```ts docker".
  const all = [...text.matchAll(/^```ts(?: (\w+))?\n(.*?)^```$/gms)];
  const [able, unable] = [all.filter(([, need]) => !whyNot(need)), all.filter(([, need]) => whyNot(need))];
  const blocks = able.map(([, , code = '']) => code.trimEnd());
  if (blocks.length === 0) continue;

  const skip = page !== 'api.md' && whySlow('it trains networks');
  test(`the code blocks of docs/${page} run one after the other`, { skip }, async (t) => {
    for (const [, need, code = ''] of unable) t.diagnostic(`not run, ${whyNot(need)}: ${code}`);
    // Beside notebooks/, so that '../dist/index' leads to the same place.
    const folder = join(root, 'output', `docs-${process.pid}`);
    await mkdir(folder, { recursive: true });
    t.after(() => rm(folder, { recursive: true, force: true }));
    const beside = join(root, 'output', 'my_network.ts');
    t.after(() => rm(beside, { force: true }));
    await writeFile(beside, ownNetwork);
    const source = join(root, 'output', `${page}-${process.pid}.ipynb`);
    t.after(() => rm(source, { force: true }));
    await writeFile(source, JSON.stringify(codeNotebook(blocks)));
    // The synthetic headlines, whatever data this machine has.
    process.env.HEADLINES = join(folder, 'news.csv');
    await writeHeadlines(process.env.HEADLINES, generateHeadlines());
    if (able.some(([, need]) => need === 'ecr')) await startEcr(t);
    const lines: string[] = [];
    const { ipynb } = await runNotebook(source, { folder, print: (line) => lines.push(line) });
    assert.equal(lines.length, blocks.length);

    const { cells } = JSON.parse(await readFile(ipynb, 'utf8')) as Notebook;
    for (const [index, block] of blocks.entries()) {
      const announced = [...block.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
      if (announced.length > 0) assert.deepEqual(printedBy(cells[index] as Cell), announced);
    }
  });
}

function whyNot(need: string | undefined): string | false {
  if (need === 'minilm') return !existsSync(pretrainedFolder) && 'data/minilm is missing';
  return (need !== undefined && whyNoDocker()) || (need === 'ecr' && whyNoEcr());
}

function printedBy({ outputs = [] }: Cell): string[] {
  const printed = outputs.filter(({ name }) => name === 'stdout').flatMap(({ text }) => text ?? []);
  return printed.join('').trimEnd().split('\n');
}
