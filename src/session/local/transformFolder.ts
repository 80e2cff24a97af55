// Files in the folder of a batch transform on this machine, besides those of every child process.
import { join } from 'node:path';

const files = {
  request: 'request.json',
  progress: 'progress.json',
  failure: 'failure.txt',
  output: 'output',
} as const;

/** Returns the path of a file. */
export function fileOf(folder: string, what: keyof typeof files): string {
  return join(folder, files[what]);
}
