// The project's folder, and the folder for the files of a run.
import { join } from 'node:path';

/** The project's folder. */
export const projectFolder = join(__dirname, '..', '..');

/** The folder in the environment variable `OUTPUT`, else output/ in the project. */
export const outputFolder = process.env.OUTPUT || join(projectFolder, 'output');
