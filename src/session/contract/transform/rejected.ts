// Batch transform: finds the line that makes the server reject a request.
import { UserError } from '../../../platform/errors';
import type { Batch } from './input';
import { excerptOf } from './text';

/** An error response: the server has read the request and rejects it. */
export class Rejection extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Halves a rejected request until one line is left, and returns the error that names it. Works with any server and any reason.
 * @param rejection the response to the whole request
 */
export async function findRejected(
  { lines, numbers, sent }: Batch,
  send: (records: readonly string[]) => Promise<string>,
  rejection: Rejection,
): Promise<UserError> {
  let [start, end, last] = [0, lines.length, rejection];
  while (end - start > 1) {
    const middle = start + Math.floor((end - start) / 2);
    const inFirstHalf = await isRejected(sent.slice(start, middle));
    const inSecondHalf = inFirstHalf ?? (await isRejected(sent.slice(middle, end)));
    if (!inSecondHalf) {
      const words = `lines ${numbers[start]} to ${numbers[end - 1]} are rejected together, but not separately`;
      return new UserError(`${words}: ${last.message} (${last.statusCode})`);
    }
    last = inSecondHalf;
    [start, end] = inFirstHalf ? [start, middle] : [middle, end];
  }
  const shown = excerptOf(lines[start] as string);
  return new UserError(
    `line ${numbers[start]} is rejected: ${shown}\nThe server's response to this line alone: ${last.message} (${last.statusCode})`,
  );

  async function isRejected(some: readonly string[]): Promise<Rejection | undefined> {
    try {
      await send(some);
      return undefined;
    } catch (error) {
      if (error instanceof Rejection) return error;
      throw error;
    }
  }
}
