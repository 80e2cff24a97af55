// `npm run lab`: opens the reader's own copy of a notebook in JupyterLab (see ownCopy.ts). `-- evaluation` and `-- scale`
// open the others, `-- --reset` starts the copy again, and any other argument goes to `jupyter lab`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startProcess } from '../platform/childStart';
import { runMain, UserError } from '../platform/errors';
import { checkWritable } from '../platform/files';
import { outputFolder, projectFolder } from '../platform/paths';
import { takeOwnCopies } from './copies';
import { kernelEnvironment } from './environment';
import { isServed, type LabRequest, readLabRequest } from './labRequest';
import { chooseNotebook, python } from './run';

async function main(): Promise<void> {
  const request = readLabRequest(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  await checkWritable(outputFolder);
  await runLab(request, await prepareNotebook(request));
}

/** Returns the notebook to open. Copies all, since the reader can open the others from the file browser. */
async function prepareNotebook({ name, reset, notebook }: LabRequest): Promise<string> {
  const chosen = chooseNotebook(name);
  const copies = await takeOwnCopies(reset ? chosen : undefined);
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
