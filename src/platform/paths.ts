// The project's folder, and the folder for everything that a run writes.
import { join } from 'node:path';

/** The project's folder. */
export const projectFolder = join(__dirname, '..', '..');

/** The environment variable `OUTPUT`, else output/ in the project. */
export const outputFolder = process.env.OUTPUT || join(projectFolder, 'output');
