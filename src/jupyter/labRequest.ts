// Reads the arguments of `npm run lab`: its own, and those that JupyterLab takes.
import { join, resolve, sep } from 'node:path';
import { UserError } from '../platform/errors';
import { projectFolder } from '../platform/paths';

export interface LabRequest {
  /** Whether the second notebook is opened instead of the workshop's. */
  scale: boolean;
  /** Whether the reader's copy is to begin again. */
  reset: boolean;
  /** The folder that JupyterLab serves. */
  root: string;
  /** A notebook that the user named, which is opened instead of ours. */
  notebook?: string;
  /** JupyterLab's other arguments. */
  passedOn: string[];
}

/** The options by which a user names the folder that JupyterLab serves. */
const rootOption = /^--(?:ServerApp\.root_dir|ServerApp\.notebook_dir|notebook-dir)(?:=(.*))?$/;

/**
 * @param from the folder in which the arguments were typed: relative paths begin there
 * @throws `UserError` where the option for the folder is the last argument, without a folder
 */
export function readLabRequest(given: readonly string[], from: string): LabRequest {
  const request: LabRequest = { scale: false, reset: false, root: projectFolder, passedOn: [] };
  const rest = [...given];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const option = rootOption.exec(argument);
    if (option) {
      const folder = option[1] ?? rest.shift();
      if (!folder)
        throw new UserError(`${argument} names no folder. Write ${option[0].split('=')[0]}=FOLDER.`);
      request.root = resolve(from, folder);
    } else if (argument === '--reset') request.reset = true;
    else if (argument === 'scale') request.scale = true;
    else if (!argument.startsWith('-') && argument.endsWith('.ipynb'))
      request.notebook = resolve(from, argument);
    else request.passedOn.push(argument);
  }
  return request;
}

/** Whether JupyterLab, which opens nothing outside the folder that it serves, can open a file. */
export function isServed(path: string, root: string): boolean {
  return path.startsWith(join(root, sep));
}
