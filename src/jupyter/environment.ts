// The environment variables for Jupyter and the notebook's kernel.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { syntheticName } from '../data/dataset';
import { isWritable } from '../platform/files';
import { outputFolder } from '../platform/paths';

/** Folders below the home folder where Jupyter and IPython keep settings, connection files and signatures. */
const usual = {
  JUPYTER_CONFIG_DIR: '.jupyter',
  JUPYTER_DATA_DIR: '.local/share/jupyter',
  IPYTHONDIR: '.ipython',
};

/**
 * Returns this process's environment. If the home folder is read-only, Jupyter's own files go to `folder`.
 * @param folder for the files of a run
 */
export function kernelEnvironment(folder = outputFolder): NodeJS.ProcessEnv {
  const { HEADLINES, INIT_CWD } = process.env;
  return {
    ...jupyterFolders(folder),
    ...process.env,
    // The kernel's working folder is notebooks/, so a relative path is resolved against the user's.
    ...(HEADLINES && HEADLINES !== syntheticName && { HEADLINES: resolve(INIT_CWD ?? '.', HEADLINES) }),
  };
}

function jupyterFolders(folder: string): NodeJS.ProcessEnv {
  const readOnly = Object.entries(usual).filter(([, place]) => !isWritable(join(homedir(), place)));
  return Object.fromEntries(readOnly.map(([variable, place]) => [variable, join(folder, place)]));
}
