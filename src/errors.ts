// Errors whose message is written for the person at the notebook: what was wrong, where, what to do.

/** A mistake that the user can mend. It has no stack trace, so that none is shown in a cell or a log. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  override readonly stack: string = `${this.name}: ${this.message}`;
}

/** The sentence to show for anything thrown: a {@link UserError}'s message, else the error with its stack. */
export function describeError(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What is wrong with a part of a model artifact, in words that follow its path and a colon. */
export class ArtifactFault extends Error {}
