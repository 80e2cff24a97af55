// The environment that Jupyter and the notebook's kernel are started with.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { syntheticName } from '../data/dataset';
import { isWritable } from '../platform/files';
import { outputFolder } from '../platform/paths';

/** Where Jupyter and IPython keep what is theirs, below the home folder: settings, connection files, signatures. */
const usual = {
  JUPYTER_CONFIG_DIR: '.jupyter',
  JUPYTER_DATA_DIR: '.local/share/jupyter',
  IPYTHONDIR: '.ipython',
};

/**
 * This process's environment. Where the home folder may not be written to, Jupyter keeps what is its own in `folder`.
 * @param folder where everything that is run leaves its files
 */
export function kernelEnvironment(folder = outputFolder): NodeJS.ProcessEnv {
  const { HEADLINES, INIT_CWD } = process.env;
  return {
    ...jupyterFolders(folder),
    ...process.env,
    // The kernel works in notebooks/, so a relative path is resolved where the user typed it.
    ...(HEADLINES && HEADLINES !== syntheticName && { HEADLINES: resolve(INIT_CWD ?? '.', HEADLINES) }),
  };
}

function jupyterFolders(folder: string): NodeJS.ProcessEnv {
  const unfit = Object.entries(usual).filter(([, place]) => !isWritable(join(homedir(), place)));
  return Object.fromEntries(unfit.map(([variable, place]) => [variable, join(folder, place)]));
}
