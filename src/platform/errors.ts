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

/**
 * Returns an error that tells of two: the one that came first, and the one of the clean-up after it.
 * @param remedy what ends what may be left
 */
export function bothErrors(error: unknown, cleanUpError: unknown, remedy = ''): Error {
  const [first, second] = [error, cleanUpError].map((one) => (one instanceof Error ? one.message : one));
  const both = `${first} Cleaning up failed as well: ${second}${remedy && ` ${remedy}`}`;
  return error instanceof UserError
    ? new UserError(both, { cause: error })
    : new AggregateError([error, cleanUpError], both, { cause: error });
}

/** Cleans up after an error and returns the error to throw: that one, or {@link bothErrors}. */
export async function afterFailure(
  error: unknown,
  cleanUp: () => Promise<unknown>,
  remedy = '',
): Promise<unknown> {
  try {
    await cleanUp();
    return error;
  } catch (second) {
    return bothErrors(error, second, remedy);
  }
}

/** Does the work and then the clean-up, whatever comes of the work. The work's error is never hidden by the clean-up's. */
export async function withCleanUp<Value>(
  work: () => Promise<Value>,
  cleanUp: () => Promise<unknown>,
): Promise<Value> {
  let value: Value;
  try {
    value = await work();
  } catch (error) {
    throw await afterFailure(error, cleanUp);
  }
  await cleanUp();
  return value;
}

/** What is wrong with a part of a model artifact, in words that follow its path and a colon. */
export class ArtifactFault extends Error {}
