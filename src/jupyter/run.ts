// `npm start`: runs a notebook from its first cell to its last and prints a line for each cell. Writes the executed
// notebook to output/ as .ipynb and .html, and prints the run's figures.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Report, reportPath } from '../notebook/report';
import { startProcess } from '../platform/childStart';
import { describeError, UserError } from '../platform/errors';
import { writeInto } from '../platform/files';
import { formatBytes, mean, percent } from '../platform/format';
import { takeLock } from '../platform/lock';
import { memoryLimit } from '../platform/memory';
import { outputFolder, projectFolder } from '../platform/paths';
import { describeEnd } from '../platform/processEnd';
import { describeStillBilled } from '../session/stillBilled';
import { kernelEnvironment } from './environment';
import { cellHeadings, errorOf, type Notebook } from './format';
import { writeHtml } from './html';

const notebooks = join(projectFolder, 'notebooks');

/** The Python that set-up installs, with JupyterLab and the kernel. */
export const python = join(projectFolder, '.venv', 'bin', 'python');

/** execute.py's report of a finished cell. */
interface CellEvent {
  cell: number;
  seconds: number;
  status: 'ok' | 'error' | 'dead';
  /** The dead kernel's exit code, or the negative number of a signal. */
  exitCode?: number | null;
}

/** execute.py's report of a file that it could not write. */
interface WritingFailure {
  code: string;
  message: string;
  path: string;
}

/** The workshop's notebook. */
export const workshopNotebook = join(notebooks, 'sagemaker_text_classification.ipynb');

/** The other notebooks, by the argument that chooses them. */
export const otherNotebooks: ReadonlyMap<string, string> = new Map([
  ['evaluation', join(notebooks, 'honest_evaluation.ipynb')],
  ['scale', join(notebooks, 'beyond_one_machine.ipynb')],
]);

/**
 * Returns the notebook for a command's argument: the workshop's without one, another by its name.
 * Throws a {@link UserError} for any other argument.
 */
export function chooseNotebook(name: string | undefined): string {
  const chosen = name === undefined ? workshopNotebook : otherNotebooks.get(name);
  if (chosen) return chosen;
  const names = [...otherNotebooks.keys()].join(' or ');
  throw new UserError(`Unknown notebook "${name}". Give no name for the workshop, or ${names}.`);
}

interface RunOptions {
  /** The folder for all files of the run. @default the output folder */
  folder?: string;
  /** Called with each line to show. @default console.log */
  print?: (line: string) => void;
}

/**
 * Executes a notebook on its kernel, with SESSION=aws after a preflight. Throws a {@link UserError} if the preflight fails; if
 * a cell fails, with its heading, its error and what is still billed on AWS; if the user interrupts it; if the folder is
 * not writable; and if another run uses it, because two would overwrite each other's files and end each other's jobs.
 */
export async function runNotebook(
  source: string,
  { folder = outputFolder, print = console.log }: RunOptions = {},
): Promise<{ ipynb: string; html: string }> {
  await writeInto(folder, () => mkdir(folder, { recursive: true }));
  if (process.env.SESSION === 'aws') {
    const { checkBeforeRun } =
      require('../session/aws/preflightMain') as typeof import('../session/aws/preflightMain');
    await checkBeforeRun(source === otherNotebooks.get('scale'));
  }
  const release = await takeLock(folder);
  if (!release) {
    throw new UserError(
      `Another run is using ${folder}. Wait for it to end, or give this one its own folder: ` +
        'OUTPUT=FOLDER npm start.',
    );
  }
  const began = new Date();
  try {
    return await runAlone(source, folder, print);
  } catch (error) {
    const bill = await describeStillBilled(began);
    if (!bill) throw error;
    throw new UserError(`${describeError(error)}\n\n${bill}`, { cause: error });
  } finally {
    release();
  }
}

async function runAlone(
  source: string,
  folder: string,
  print: (line: string) => void,
): Promise<{ ipynb: string; html: string }> {
  const name = basename(source, '.ipynb');
  const ipynb = join(folder, `${name}.ipynb`);
  const html = join(folder, `${name}.html`);
  const headings = cellHeadings(await readNotebook(source));
  for (const path of [html, join(folder, basename(reportPath))]) await rm(path, { force: true });

  let failed: CellEvent | undefined;
  const exitCode = await execute(source, ipynb, (event) => {
    const { cell, seconds, status } = event;
    const heading = headings[cell];
    if (heading === undefined) return;
    if (status !== 'ok') failed = event;
    const mark = status === 'ok' ? '' : '  FAILED';
    print(`[${String(cell + 1).padStart(2)}/${headings.length}] ${heading} ${seconds.toFixed(1)} s${mark}`);
  });
  if (exitCode !== 0 && !failed) {
    throw new UserError(
      `The kernel did not run to the end (exit code ${exitCode}). Try again after \`npm run setup\`.`,
    );
  }
  const executed = await readNotebook(ipynb);
  if (failed) {
    const { cell, status, exitCode } = failed;
    const how = describeEnd(
      { exitCode: exitCode ?? undefined },
      `it may use ${formatBytes(memoryLimit())} here`,
    );
    const ending = status === 'dead' ? `The kernel ${how}.` : '';
    const error = [errorOf(executed, cell), ending].filter(Boolean).join('\n');
    throw new UserError(
      `Cell ${cell + 1}, under "${headings[cell]}", failed:\n${error}\nThe notebook up to there: ${ipynb}`,
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
  const start = () =>
    spawn(python, [join(notebooks, 'execute.py'), source, target], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...kernelEnvironment(dirname(target)),
        OUTPUT: dirname(target),
        ...(process.env.SESSION === 'aws' && { PREFLIGHT: 'done' }),
      },
      // Ctrl+C reaches this process alone, which passes it on once.
      detached: true,
    });
  const child = await startProcess(python, start);
  const closed = new Promise<number | null>((done) => child.once('close', done));
  let failure: WritingFailure | undefined;
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = child.kill('SIGINT');
  };
  process.once('SIGINT', interrupt);
  for await (const line of createInterface({ input: child.stdout })) {
    const event: CellEvent | WritingFailure = JSON.parse(line);
    if ('code' in event) failure = event;
    else onEvent(event);
  }
  const exitCode = await closed;
  process.off('SIGINT', interrupt);
  if (isInterrupted) throw new UserError('Interrupted: the run has ended. Start it again with npm start.');
  if (failure) {
    const { path, message, code } = failure;
    await writeInto(dirname(path), () => Promise.reject(Object.assign(new Error(message), { code })));
  }
  return exitCode;
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
    `Splits of each kind: ${splits.story.length}. Mean accuracy by story ${percent(mean(splits.story))}, at random ` +
      `${percent(mean(splits.random))}.`,
  ].join('\n');
}

async function main(): Promise<void> {
  try {
    const notebook = chooseNotebook(process.argv[2]);
    const { html } = await runNotebook(notebook);
    // Not every notebook writes a report.
    if (existsSync(reportPath)) {
      console.log(`\n${describeReport(JSON.parse(await readFile(reportPath, 'utf8')))}`);
    }
    console.log(`Read it: ${html}\nNext: npm run lab (the same notebook in JupyterLab, one cell at a time)`);
  } catch (error) {
    console.error(`\n${describeError(error)}`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main();
