// `npm run lab`: opens the reader's own copy of a notebook in JupyterLab (see ownCopy.ts). `-- evaluation` and `-- scale`
// open the others, `-- --reset` starts the copy again, and any other argument goes to `jupyter lab`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startProcess } from '../platform/childStart';
import { runMain, UserError } from '../platform/errors';
import { checkWritable } from '../platform/files';
import { outputFolder, projectFolder } from '../platform/paths';
import { kernelEnvironment } from './environment';
import { isServed, type LabRequest, readLabRequest } from './labRequest';
import { takeOwnCopy } from './ownCopy';
import { chooseNotebook, otherNotebooks, python, workshopNotebook } from './run';

async function main(): Promise<void> {
  const request = readLabRequest(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  await checkWritable(outputFolder);
  await runLab(request, await prepareNotebook(request));
}

/** Returns the notebook to open. Copies all, since the reader can open the others from the file browser. */
async function prepareNotebook({ name, reset, notebook }: LabRequest): Promise<string> {
  const chosen = chooseNotebook(name);
  const copies = new Map<string, string>();
  for (const original of [workshopNotebook, ...otherNotebooks.values()]) {
    const { path, remarks } = await takeOwnCopy(original, { reset: reset && original === chosen });
    for (const remark of remarks) console.log(remark);
    copies.set(original, path);
  }
  const wanted = notebook ?? chosen;
  return copies.get(wanted) ?? wanted;
}

async function runLab({ root, passedOn }: LabRequest, notebook: string): Promise<void> {
  if (!existsSync(root))
    throw new UserError(`JupyterLab cannot serve ${root}: the folder does not exist. Create it first.`);
  const served = isServed(notebook, root);
  console.log(
    served
      ? `Your notebook: ${notebook}`
      : `${notebook} is outside ${root}, the folder that JupyterLab serves, so JupyterLab does not open it.`,
  );
  const lab = ['-m', 'jupyterlab', `--ServerApp.root_dir=${root}`, ...(served ? [notebook] : [])];
  const start = () =>
    spawn(python, [...lab, ...passedOn], { cwd: projectFolder, stdio: 'inherit', env: kernelEnvironment() });
  const server = await startProcess(python, start);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
  server.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

if (require.main === module) void runMain(main);
