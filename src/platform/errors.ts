// Errors whose message is written for the person at the notebook: what happened, where, what to do.
import { inspect } from 'node:util';

/**
 * An error the user can fix. Give the error behind it as `cause`. Printing it shows the message alone, and with DEBUG=1
 * its stack and its causes as well.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';

  [inspect.custom](): string {
    return isDebugging() ? describeWhole(this) : `${this.name}: ${this.message}`;
  }
}

/**
 * Returns the text to print for anything thrown: the message of a {@link UserError}, else the error with its stack. With
 * DEBUG=1, the stack and all causes, whatever the error.
 */
export function describeError(error: unknown): string {
  if (error instanceof Error && isDebugging()) return describeWhole(error);
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs a program's main function. If it fails, prints the error and sets the exit code 1. */
export async function runMain(main: () => unknown): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
}

/** Whether DEBUG=1 asks for stacks and causes. */
export function isDebugging(): boolean {
  return process.env.DEBUG === '1';
}

function describeWhole(error: Error): string {
  return inspect(error, { customInspect: false, depth: 10 });
}

/**
 * Returns one error for two: the first, and the error of the clean-up after it.
 * @param remedy how to remove what may be left
 */
export function bothErrors(error: unknown, cleanUpError: unknown, remedy = ''): Error {
  const [first, second] = [error, cleanUpError].map((one) => (one instanceof Error ? one.message : one));
  const both = `${first} Cleaning up failed as well: ${second}${remedy && ` ${remedy}`}`;
  return error instanceof UserError
    ? new UserError(both, { cause: error })
    : new AggregateError([error, cleanUpError], both, { cause: error });
}

/** Cleans up after an error and returns the error to throw: the same one, or {@link bothErrors}. */
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

/** Does the work and then cleans up, also after a failure. An error of the clean-up never hides one of the work. */
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

/** A fault in a part of a model artifact. The message follows the part's path and a colon. */
export class ArtifactFault extends Error {}
