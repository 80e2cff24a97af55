// What `npm start` runs: the notebook from its first cell to its last, a line for each cell, the executed notebook
// as .ipynb and .html in output/, and at the end what was measured.
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { syntheticName } from './dataset';
import { describeError, UserError } from './errors';
import { mean, percent } from './format';
import { cellHeadings, errorOf, type Notebook } from './notebook';
import { writeHtml } from './notebookHtml';
import { outputFolder, projectFolder } from './output';
import { type Report, reportPath } from './report';
import { checkWritable } from './writing';

const notebooks = join(projectFolder, 'notebooks');

/** The Python of the set-up, with JupyterLab and the kernel. */
export const python = join(projectFolder, '.venv', 'bin', 'python');

interface CellEvent {
  cell: number;
  seconds: number;
  status: string;
}

/** The workshop's notebook. */
export const workshopNotebook = join(notebooks, 'sagemaker_text_classification.ipynb');

export interface RunOptions {
  /** Where everything that the run leaves behind goes. @default the output folder */
  folder?: string;
  /** Called with each line to show. @default console.log */
  print?: (line: string) => void;
}

/** Executes a notebook on its kernel. Throws a {@link UserError} with heading and error of the cell that failed. */
export async function runNotebook(
  source: string,
  { folder = outputFolder, print = console.log }: RunOptions = {},
): Promise<{ ipynb: string; html: string }> {
  const name = basename(source, '.ipynb');
  const ipynb = join(folder, `${name}.ipynb`);
  const html = join(folder, `${name}.html`);
  const headings = cellHeadings(await readNotebook(source));

  await checkWritable(folder);
  await rm(html, { force: true });
  let failed: number | undefined;
  const exitCode = await execute(source, ipynb, ({ cell, seconds, status }) => {
    const heading = headings[cell];
    if (heading === undefined) return;
    if (status !== 'ok') failed = cell;
    const mark = status === 'ok' ? '' : '  FAILED';
    print(`[${String(cell + 1).padStart(2)}/${headings.length}] ${heading} ${seconds.toFixed(1)} s${mark}`);
  });
  const executed = await readNotebook(ipynb);
  if (failed !== undefined) {
    throw new UserError(
      `Cell ${failed + 1}, under "${headings[failed]}", failed:\n${errorOf(executed, failed)}\nIt stands in ${ipynb}.`,
    );
  }
  if (exitCode !== 0) {
    throw new UserError(
      `The kernel did not run to the end (exit code ${exitCode}). Try again after \`npm run setup\`.`,
    );
  }
  await writeHtml(executed, html, python);
  return { ipynb, html };
}

async function readNotebook(path: string): Promise<Notebook> {
  return JSON.parse(await readFile(path, 'utf8'));
}

async function execute(
  source: string,
  target: string,
  onEvent: (event: CellEvent) => void,
): Promise<number | null> {
  const child = spawn(python, [join(notebooks, 'execute.py'), source, target], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...kernelEnvironment(), OUTPUT: dirname(target) },
  });
  const closed = new Promise<number | null>((done, failed) =>
    child.once('close', done).once('error', failed),
  );
  for await (const line of createInterface({ input: child.stdout })) onEvent(JSON.parse(line));
  return await closed;
}

/** The kernel works in notebooks/, so a relative HEADLINES is resolved where the user typed it. */
export function kernelEnvironment(): NodeJS.ProcessEnv {
  const { HEADLINES, INIT_CWD } = process.env;
  const isPath = HEADLINES && HEADLINES !== syntheticName;
  return { ...process.env, ...(isPath && { HEADLINES: resolve(INIT_CWD ?? '.', HEADLINES) }) };
}

function describeReport({
  accuracy,
  macroF1,
  dataset,
  rows,
  architecture,
  split,
  splits,
  trainingSeconds,
}: Report) {
  return [
    `Data: ${dataset}`,
    `Measured: accuracy ${percent(accuracy)}, macro F1 ${macroF1.toFixed(3)} on ${rows.validation} headlines held out ` +
      `(split: ${split}); ${architecture} trained on ${rows.training} in ${trainingSeconds.toFixed(1)} s.`,
    `Mean of ${splits.story.length} seeds: ${percent(mean(splits.story))} on stories that the model has not read, ` +
      `${percent(mean(splits.random))} on a random split.`,
  ].join('\n');
}

async function main(): Promise<void> {
  try {
    await rm(reportPath, { force: true });
    const { html } = await runNotebook(workshopNotebook);
    console.log(`\n${describeReport(JSON.parse(await readFile(reportPath, 'utf8')))}`);
    console.log(
      `Read it: ${html}\nGo on:   npm run lab (the same notebook in JupyterLab, one cell at a time)`,
    );
  } catch (error) {
    console.error(`\n${describeError(error)}`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main();
