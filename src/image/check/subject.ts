// The input of a check of an image, and its failure.
import type { Folders } from './folders';
import type { TestSettings } from './options';
import type { Trial } from './trial';

/** An image under test. */
export interface Subject extends Trial {
  readonly settings: TestSettings;
  /** The job whose artifact is served. */
  readonly job: Folders;
  /** Duration of that job. */
  trainingSeconds: number;
}

/** Ends a check that fails or cannot be made. */
export class Finding extends Error {
  constructor(
    message: string,
    readonly result: 'failed' | 'skipped' = 'failed',
  ) {
    super(message);
  }
}

/** Ends a check with a problem and its remedy. */
export function fail(problem: string, remedy: string): never {
  throw new Finding(`${problem} ${remedy}`);
}
