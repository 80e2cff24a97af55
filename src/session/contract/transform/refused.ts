// Batch transform: finds the line because of which a request was refused.
import { UserError } from '../../../platform/errors';
import type { Batch } from './input';
import { excerptOf } from './text';

/** An error response: the server has read the request and refuses it. */
export class Refusal extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Halves a refused request until one line is left, and returns the error that names it. Works with any server and any reason.
 * @param refusal the response to the whole request
 */
export async function findRefused(
  { lines, numbers, sent }: Batch,
  send: (records: readonly string[]) => Promise<string>,
  refusal: Refusal,
): Promise<UserError> {
  let [start, end, last] = [0, lines.length, refusal];
  while (end - start > 1) {
    const middle = start + Math.floor((end - start) / 2);
    const inFirstHalf = await isRefused(sent.slice(start, middle));
    const inSecondHalf = inFirstHalf ?? (await isRefused(sent.slice(middle, end)));
    if (!inSecondHalf) {
      const words = `lines ${numbers[start]} to ${numbers[end - 1]} are refused together, but not separately`;
      return new UserError(`${words}: ${last.message} (${last.statusCode})`);
    }
    last = inSecondHalf;
    [start, end] = inFirstHalf ? [start, middle] : [middle, end];
  }
  const shown = excerptOf(lines[start] as string);
  return new UserError(
    `line ${numbers[start]} is refused: ${shown}\nThe server's response to this line alone: ${last.message} (${last.statusCode})`,
  );

  async function isRefused(some: readonly string[]): Promise<Refusal | undefined> {
    try {
      await send(some);
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }
}
