// Loaded by the notebook's kernel before tslab (set-up writes it into kernel.json): what goes wrong in a cell is said in
// a sentence, and the rest of what tslab would print stands behind a fold.
import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { explainDiagnostic, explainError } from './cellErrors';
import { makeOutputReliable } from './kernelOutput';
import type { Notebook } from './notebook';

const print = console.error;

/** tslab's own way of printing what the compiler says: its format, a file, line, character and text. */
const diagnosticFormat = '%s%d:%d - %s';

// What a cell starts, such as a worker, is started with the kernel's own options.
if (isMainThread && process.argv[2] === 'kernel') {
  console.error = explain;
  makeOutputReliable();
}

function explain(...values: unknown[]): void {
  const [first] = values;
  if (first === diagnosticFormat) {
    print(...values.slice(0, -1), explainDiagnostic(String(values.at(-1)), readNotebooks()));
  } else if (values.length === 1 && first instanceof Error) {
    const { sentence, details } = explainError(first, inspect(first));
    print(sentence);
    if (details) fold(details);
  } else {
    print(...values);
  }
}

/** The notebooks beside which the kernel works. */
function readNotebooks(): Notebook[] {
  return readdirSync('.').flatMap((name) => {
    try {
      return name.endsWith('.ipynb') ? [JSON.parse(readFileSync(name, 'utf8')) as Notebook] : [];
    } catch {
      return [];
    }
  });
}

function fold(details: string): void {
  // Not before: tslab is not loaded where this file is.
  const { showHtml } = require('./display') as typeof import('./display');
  const { escapeHtml } = require('./table') as typeof import('./table');
  showHtml(
    `<details><summary>Where it happened</summary><pre>${escapeHtml(details)}</pre></details>`,
    'Where it happened: see the notebook in JupyterLab',
  );
}
