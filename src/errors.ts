// Errors whose message is written for the person at the notebook: what was wrong, where, what to do.

/** A mistake that the user can mend. Process edges print its message alone, without a stack trace. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** The sentence to show for anything thrown: a {@link UserError}'s message, else the error with its stack. */
export function describeError(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
