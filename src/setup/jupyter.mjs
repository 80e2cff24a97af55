// The steps that make a virtual environment with JupyterLab and register the TypeScript kernel in it.
import fs from 'node:fs';
import path from 'node:path';
import { run } from './command.mjs';
import { at, PYTHON, ROOT, scratch, sha256, VENV, writeIfChanged } from './places.mjs';

const REQUIREMENTS = at('notebooks/requirements.txt');

/** @param python what `interpreter()` found */
export const environmentStep = ({ command, version }) => ({
  label: 'Python environment',
  megabytes: 20,
  makes: VENV,
  stamp: path.join(VENV, '.made'),
  // Scripts in an environment hold its absolute path, so it cannot move with the project.
  value: `${sha256(REQUIREMENTS)} Python ${version} ${ROOT}`,
  run: () => {
    // An environment's own interpreter cannot rebuild it; the one it links to can.
    const maker = command === PYTHON ? fs.realpathSync(command) : command;
    const sentence = 'Python could not make the virtual environment .venv.';
    return run(maker, ['-m', 'venv', '--clear', VENV], { sentence });
  },
});

export const jupyterStep = () => ({
  label: 'Jupyter',
  megabytes: 230,
  stamp: path.join(VENV, '.setup'),
  value: sha256(REQUIREMENTS),
  run: async () => {
    // An interrupted pip leaves its unpacked files behind.
    const env = { ...process.env, TMPDIR: scratch('pip') };
    fs.mkdirSync(env.TMPDIR, { recursive: true });
    const args = ['-m', 'pip', 'install', '--no-compile', '--disable-pip-version-check', '-r', REQUIREMENTS];
    await run(PYTHON, args, { sentence: 'pip could not install notebooks/requirements.txt.', env });
  },
});

/** Registers the kernel for this Node, turns off JupyterLab's news and raises its limit of messages for each cell. */
export function registerKernel() {
  const share = path.join(VENV, 'share/jupyter');
  const kernel = {
    argv: [
      process.execPath,
      '--require',
      at('dist/jupyter/kernel.js'),
      at('node_modules/tslab/bin/tslab'),
      'kernel',
      '--config-path',
      '{connection_file}',
    ],
    display_name: 'TypeScript (text classification)',
    language: 'typescript',
  };
  writeIfChanged(path.join(share, 'kernels/tslab/kernel.json'), kernel);
  writeIfChanged(path.join(share, 'lab/settings/overrides.json'), {
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
  });
  // Text takes few messages, but charts and progress bars take many, and Jupyter would drop some of them.
  writeIfChanged(path.join(VENV, 'etc/jupyter/jupyter_server_config.json'), {
    ZMQChannelsWebsocketConnection: { iopub_msg_rate_limit: 0, iopub_data_rate_limit: 20_000_000 },
  });
}
