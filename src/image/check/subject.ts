// What a check of an image is given, and how it says what is wrong.
import type { Folders } from './folders';
import type { TestSettings } from './options';
import type { Trial } from './trial';

/** An image under test. */
export interface Subject extends Trial {
  readonly settings: TestSettings;
  /** The job whose artifact is served. */
  readonly job: Folders;
  /** How long that job took. */
  trainingSeconds: number;
}

/** Ends a check that fails, or one that cannot be made. */
export class Finding extends Error {
  constructor(
    message: string,
    readonly result: 'failed' | 'skipped' = 'failed',
  ) {
    super(message);
  }
}

/** Ends a check: what was seen, and what to do about it. */
export function fail(problem: string, remedy: string): never {
  throw new Finding(`${problem} ${remedy}`);
}
