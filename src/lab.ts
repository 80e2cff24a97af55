// What `npm run lab` runs: the workshop's notebook in JupyterLab. Arguments are passed on to `jupyter lab`.
import { spawn } from 'node:child_process';
import { describeError } from './errors';
import { kernelEnvironment } from './kernelEnvironment';
import { outputFolder, projectFolder } from './output';
import { python, workshopNotebook } from './runNotebook';
import { checkWritable } from './writing';

async function main(): Promise<void> {
  try {
    await checkWritable(outputFolder);
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
    return;
  }
  const lab = ['-m', 'jupyterlab', `--ServerApp.root_dir=${projectFolder}`, workshopNotebook];
  const server = spawn(python, [...lab, ...process.argv.slice(2)], {
    cwd: projectFolder,
    stdio: 'inherit',
    env: kernelEnvironment(),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
  server.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

if (require.main === module) void main();
