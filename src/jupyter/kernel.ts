// Loaded by the notebook's kernel before tslab (set-up puts it into kernel.json). Makes output reliable, and replaces
// tslab's error output with a sentence and a fold that holds the stack.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import {
  type ExplainedError,
  explainDiagnostic,
  explainError,
  explainUncaught,
  isError,
  type NamedNotebook,
  printed,
} from './cellErrors';
import type { Notebook } from './format';
import { surviveInterrupts } from './kernelInterrupts';
import { spellOutShorthand } from './kernelShorthand';
import { waitForTensorflow } from './kernelTensorflow';

const print = console.error;
const exit = process.exit;

/** The format with which tslab prints a compiler error: file, line, character and text follow. */
const diagnosticFormat = '%s%d:%d - %s';

// A worker or process that a cell starts inherits the kernel's options and must not be changed.
if (isMainThread && process.argv[2] === 'kernel') {
  console.error = explain;
  process.exit = exitWithSentence;
  surviveInterrupts();
  // For a cell that imports tfjs-node itself.
  require('../platform/quietTensorflow');
  waitForTensorflow();
  const { makeOutputReliable } = require('./kernelOutput') as typeof import('./kernelOutput');
  makeOutputReliable();
  spellOutShorthand();
}

function explain(...values: unknown[]): void {
  const [first, second] = values;
  if (first === diagnosticFormat) {
    print(...values.slice(0, -1), explainDiagnostic(String(values.at(-1)), readNotebooks()));
    return;
  }
  const explained =
    values.length === 1 && isError(first)
      ? explainError(first, printed(first))
      : explainUncaught(first, second, printed(second));
  if (explained) show(explained);
  else print(...values);
}

function show({ sentence, details }: ExplainedError): void {
  print(sentence);
  if (details) fold(details);
}

/** Ends the kernel as process.exit() does, after telling the reader: Jupyter itself only starts another one. */
function exitWithSentence(code?: number | string | null): never {
  const exitCode = code ?? process.exitCode ?? 0;
  // Node rejects any other code and keeps running.
  if (/^-?\d+$/.test(String(exitCode))) {
    print(
      `process.exit(${exitCode}) ended the kernel, and with it every variable. Run the cells again from the first one.`,
    );
  }
  return exit(code);
}

/** Returns the notebook that Jupyter names to its kernel, or else all in the kernel's working folder. */
function readNotebooks(): NamedNotebook[] {
  const { JPY_SESSION_NAME = '' } = process.env;
  const isNamed = JPY_SESSION_NAME.endsWith('.ipynb') && existsSync(JPY_SESSION_NAME);
  const paths = isNamed ? [JPY_SESSION_NAME] : readdirSync('.').filter((name) => name.endsWith('.ipynb'));
  return paths.flatMap((path) => {
    try {
      return [{ name: basename(path), notebook: JSON.parse(readFileSync(path, 'utf8')) as Notebook }];
    } catch {
      return [];
    }
  });
}

function fold(details: string): void {
  // Loaded late, because these need tslab, which is not loaded yet when this file is.
  const { showHtml } = require('../display/display') as typeof import('../display/display');
  const { escapeHtml } = require('../display/table') as typeof import('../display/table');
  showHtml(
    `<details><summary>Where it happened</summary><pre>${escapeHtml(details)}</pre></details>`,
    'Where it happened: see the notebook in JupyterLab',
  );
}
