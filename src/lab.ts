// What `npm run lab` runs: the workshop's notebook in JupyterLab. Arguments are passed on to `jupyter lab`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { kernelEnvironment, workshopNotebook } from './runNotebook';

const root = join(__dirname, '..');
const python = join(root, '.venv', 'bin', 'python');
const lab = ['-m', 'jupyterlab', `--ServerApp.root_dir=${root}`, workshopNotebook, ...process.argv.slice(2)];

const server = spawn(python, lab, {
  cwd: root,
  stdio: 'inherit',
  env: kernelEnvironment(),
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
server.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
