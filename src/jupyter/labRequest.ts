// Parses the arguments of `npm run lab`: its own and JupyterLab's.
import { join, resolve, sep } from 'node:path';
import { UserError } from '../platform/errors';
import { projectFolder } from '../platform/paths';
import { otherNotebooks } from './run';

export interface LabRequest {
  /** The notebook to open instead of the workshop's: evaluation or scale. */
  name?: string;
  /** Whether to start the reader's copy again. */
  reset: boolean;
  /** The folder that JupyterLab serves. */
  root: string;
  /** A notebook that the user named, to open instead. */
  notebook?: string;
  /** JupyterLab's other arguments. */
  passedOn: string[];
}

/** Matches the options with which a user names the folder that JupyterLab serves. */
const rootOption = /^--(?:ServerApp\.root_dir|ServerApp\.notebook_dir|notebook-dir)(?:=(.*))?$/;

/**
 * @param from the folder where the user typed the arguments, against which paths are resolved
 * @throws `UserError` if the option for the folder has no value
 */
export function readLabRequest(given: readonly string[], from: string): LabRequest {
  const request: LabRequest = { reset: false, root: projectFolder, passedOn: [] };
  const rest = [...given];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const option = rootOption.exec(argument);
    if (option) {
      const folder = option[1] ?? rest.shift();
      if (!folder)
        throw new UserError(`${argument} names no folder. Write ${option[0].split('=')[0]}=FOLDER.`);
      request.root = resolve(from, folder);
    } else if (argument === '--reset') request.reset = true;
    else if (otherNotebooks.has(argument)) request.name = argument;
    else if (!argument.startsWith('-') && argument.endsWith('.ipynb'))
      request.notebook = resolve(from, argument);
    else request.passedOn.push(argument);
  }
  return request;
}

/** Returns whether JupyterLab can open a file: it must be inside the folder that it serves. */
export function isServed(path: string, root: string): boolean {
  return path.startsWith(join(root, sep));
}
