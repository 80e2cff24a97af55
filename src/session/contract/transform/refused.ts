// Batch transform, a request that was refused: which line of its part is to blame.
import { UserError } from '../../../platform/errors';
import type { Batch } from './input';
import { excerptOf } from './text';

/** That the server has read a request and does not answer it with predictions. */
export class Refusal extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Sends halves of a refused request until one line is left: for whatever reason it is refused, and by whatever server.
 * @param refusal what the whole was refused with
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
      const words = `lines ${numbers[start]} to ${numbers[end - 1]} are refused together, and not apart`;
      return new UserError(`${words}: ${last.message} (${last.statusCode})`);
    }
    last = inSecondHalf;
    [start, end] = inFirstHalf ? [start, middle] : [middle, end];
  }
  const shown = excerptOf(lines[start] as string);
  return new UserError(
    `line ${numbers[start]} is refused: ${shown}\nSent alone, it is answered: ${last.message} (${last.statusCode})`,
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
