// The pages in docs/: their code blocks run on the notebook's kernel, one after the other, as cells.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runNotebook } from './runNotebook';
import { codeNotebook } from './testing';

const root = join(__dirname, '..');
const docs = join(root, 'docs');
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

for (const page of pages) {
  const text = readFileSync(join(docs, page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code.trimEnd());
  if (blocks.length === 0) continue;

  test(`the code blocks of docs/${page} run one after the other`, async (t) => {
    // Beside notebooks/, so that '../dist/index' leads to the same place.
    const folder = join(root, 'output', `docs-${process.pid}`);
    await mkdir(folder, { recursive: true });
    t.after(() => rm(folder, { recursive: true, force: true }));
    const source = join(root, 'output', `${page}-${process.pid}.ipynb`);
    t.after(() => rm(source, { force: true }));
    await writeFile(source, JSON.stringify(codeNotebook(blocks)));
    const lines: string[] = [];
    await runNotebook(source, { folder, print: (line) => lines.push(line) });
    assert.equal(lines.length, blocks.length);
  });
}
