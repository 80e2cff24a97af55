// Drives JupyterLab in a browser as a user does. Used by tests only.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openChromium } from '../jupyter/chromium';
import type { Notebook } from '../jupyter/format';
import { python, workshopNotebook } from '../jupyter/run';
import { briefSeconds, fetchWithin } from '../platform/fetchWithin';
import { projectFolder } from '../platform/paths';
import { atEnd, eventually, findFreePort, startProgram, temporaryFolder } from './folders';

/** The folder for a run's screenshots. */
const screenshots = join(projectFolder, 'output', 'screenshots');

/** The kernel's name and state in the status bar. */
export const idle = 'TypeScript (text classification) | Idle';

const token = 'browser-test';

export interface Lab {
  readonly page: Page;
  /** The notebook as it is in the page now. */
  read(): Promise<Notebook>;
  /** The cell at a position, while JupyterLab keeps it in the page. */
  cell(position: number): Locator;
  /** Scrolls to a cell and makes it the active one. */
  goTo(position: number): Promise<void>;
  /** Runs the active cell, at that position, with Shift+Enter and waits until it has ended. */
  run(position: number): Promise<void>;
  /** Types over what the active cell holds. */
  type(code: string): Promise<void>;
  /** Goes to a cell, types over what it holds and runs it. */
  rewrite(position: number, code: string): Promise<void>;
  /** Returns the error that a cell has printed. */
  errorOf(position: number): Promise<string>;
  /** Chooses from the menu bar, and says yes when it asks. */
  choose(menu: string, item: string): Promise<void>;
  /** Sets JupyterLab's theme. */
  setTheme(theme: 'JupyterLab Light' | 'JupyterLab Dark'): Promise<void>;
  /** Removes all outputs. */
  clear(): Promise<void>;
  /** Keeps a picture of the page, or of a part of it. */
  keep(name: string, part?: Locator): Promise<void>;
}

/** The part of JupyterLab's application that tests use. */
interface LabApplication {
  commands: { execute(command: string, options: object): Promise<unknown> };
  shell: {
    currentWidget: {
      content: { activeCellIndex: number; mode: string; model: { toJSON(): object } };
    };
  };
}

/**
 * Starts JupyterLab with settings of its own and opens a copy of the workshop's notebook; all of it ends with the test.
 * @param environment of the kernel
 * @param outputs whether the copy keeps the committed outputs
 */
export async function openLab(
  t: TestContext,
  environment: Record<string, string>,
  { outputs = false } = {},
): Promise<Lab> {
  const name = await copyNotebook(t, outputs);
  const at = await startServer(t, environment);
  const browser = await openChromium();
  atEnd(t, () => browser.close());
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
  await page.goto(at(`/lab/tree/notebooks/${name}`));
  await page.getByText(idle).waitFor({ timeout: 120_000 });
  // The list of files takes a third of a small window.
  await page.keyboard.press('Control+b');
  await mkdir(screenshots, { recursive: true });

  const cell = (position: number) => page.locator(`.jp-Cell[data-windowed-list-index="${position}"]`);
  const lab: Lab = {
    page,
    cell,
    read: async () =>
      (await page.evaluate(() => {
        const { jupyterapp } = globalThis as unknown as { jupyterapp: LabApplication };
        return jupyterapp.shell.currentWidget.content.model.toJSON();
      })) as Notebook,
    async goTo(position) {
      await page.evaluate((index) => {
        const { jupyterapp } = globalThis as unknown as { jupyterapp: LabApplication };
        Object.assign(jupyterapp.shell.currentWidget.content, { activeCellIndex: index, mode: 'command' });
      }, position);
      await cell(position).waitFor({ state: 'attached', timeout: 30_000 });
      await cell(position).locator('.jp-InputPrompt, .jp-MarkdownOutput').first().click();
      // Whatever has the focus within an output would take the keys.
      await cell(position).focus();
      await page.keyboard.press('Escape');
    },
    async run(position) {
      const prompt = cell(position).locator('.jp-InputPrompt');
      const before = await prompt.innerText();
      await page.keyboard.press('Shift+Enter');
      // A number, and another one: that of the run before is there until the kernel begins.
      const after = prompt.filter({ hasText: /\[\d+\]/, hasNotText: before });
      await after.waitFor({ timeout: 120_000 });
    },
    async type(code) {
      await page.keyboard.press('Enter');
      await page.keyboard.press('Control+a');
      await page.keyboard.insertText(code);
      await page.keyboard.press('Control+End');
    },
    async rewrite(position, code) {
      await lab.goTo(position);
      await lab.type(code);
      await lab.run(position);
    },
    async errorOf(position) {
      const outputs = cell(position).locator('[data-mime-type="application/vnd.jupyter.stderr"]');
      return (await outputs.allInnerTexts()).join('\n').trim();
    },
    async choose(menu, item) {
      for (const name of [menu, item]) await page.getByRole('menuitem', { name }).first().click();
      await page.locator('.jp-Dialog .jp-mod-accept').click();
    },
    clear: async () => await execute(page, 'notebook:clear-all-cell-outputs'),
    async setTheme(theme) {
      await execute(page, 'apputils:change-theme', { theme });
      await page.locator(`body[data-jp-theme-name="${theme}"]`).waitFor({ state: 'attached' });
    },
    async keep(picture, part) {
      await (part ?? page).screenshot({ path: join(screenshots, `${picture}.png`) });
    },
  };
  return lab;
}

/** Executes a command of JupyterLab's. */
async function execute(page: Page, command: string, options: object = {}): Promise<void> {
  await page.evaluate(
    async ([name, given]) => {
      const { jupyterapp } = globalThis as unknown as { jupyterapp: LabApplication };
      await jupyterapp.commands.execute(name as string, given as object);
    },
    [command, options],
  );
}

/** Resolves, when the server responds, to a function from paths to addresses. */
async function startServer(
  t: TestContext,
  environment: Record<string, string>,
): Promise<(path: string) => string> {
  const folder = await temporaryFolder(t);
  const port = await findFreePort();
  const own = {
    JUPYTER_CONFIG_DIR: join(folder, 'config'),
    JUPYTER_DATA_DIR: join(folder, 'data'),
    JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
    JUPYTERLAB_SETTINGS_DIR: join(folder, 'settings'),
    JUPYTERLAB_WORKSPACES_DIR: join(folder, 'workspaces'),
    OUTPUT: join(folder, 'output'),
  };
  const options = [
    '--no-browser',
    '--allow-root',
    '--expose-app-in-browser',
    `--port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${projectFolder}`,
    `--IdentityProvider.token=${token}`,
  ];
  const server = startProgram(t, [python, '-m', 'jupyterlab', ...options], {
    environment: { ...own, ...environment },
  });
  const at = (path: string) => `http://127.0.0.1:${port}${path}?token=${token}`;
  await eventually(
    async () => (await fetchWithin(briefSeconds, at('/api/status')).catch(() => undefined))?.ok ?? false,
  );
  // Killed, it would leave its kernels behind.
  atEnd(t, async () => {
    await fetchWithin(briefSeconds, at('/api/shutdown'), { method: 'POST' });
    await server.ended;
  });
  return at;
}

/** JupyterLab saves what it has opened, so it opens a copy, as `npm run lab` does. */
async function copyNotebook(t: TestContext, outputs: boolean): Promise<string> {
  const notebook = JSON.parse(await readFile(workshopNotebook, 'utf8')) as Notebook;
  for (const cell of outputs ? [] : notebook.cells) {
    if (cell.cell_type === 'code') Object.assign(cell, { outputs: [], execution_count: null });
  }
  const name = `test-${process.pid}${outputs ? '-outputs' : ''}.local.ipynb`;
  const path = join(dirname(workshopNotebook), name);
  await writeFile(path, JSON.stringify(notebook));
  atEnd(t, () => rm(path, { force: true }));
  return name;
}
