// What `npm run lab` runs: the workshop's notebook in JupyterLab. Arguments are passed on to `jupyter lab`.
import { spawn } from 'node:child_process';
import { projectFolder } from './output';
import { kernelEnvironment, python, workshopNotebook } from './runNotebook';

const lab = [
  '-m',
  'jupyterlab',
  `--ServerApp.root_dir=${projectFolder}`,
  workshopNotebook,
  ...process.argv.slice(2),
];

const server = spawn(python, lab, {
  cwd: projectFolder,
  stdio: 'inherit',
  env: kernelEnvironment(),
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
server.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
