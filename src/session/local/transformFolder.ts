// What the folder of a batch transform on this machine holds beside what every child's does.
import { join } from 'node:path';

const files = {
  request: 'request.json',
  progress: 'progress.json',
  failure: 'failure.txt',
  output: 'output',
} as const;

/** Where it lies. */
export function fileOf(folder: string, what: keyof typeof files): string {
  return join(folder, files[what]);
}
