// Batch transform, a request that was refused: which line of its part is to blame.
import { UserError } from './errors';
import type { Batch } from './transformRecords';

const shownCharacters = 80;

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
  { lines, numbers }: Batch,
  send: (lines: readonly string[]) => Promise<string>,
  refusal: Refusal,
): Promise<UserError> {
  let [start, end, last] = [0, lines.length, refusal];
  while (end - start > 1) {
    const middle = start + Math.floor((end - start) / 2);
    const inFirstHalf = await isRefused(lines.slice(start, middle));
    const inSecondHalf = inFirstHalf ?? (await isRefused(lines.slice(middle, end)));
    if (!inSecondHalf) {
      const words = `lines ${numbers[start]} to ${numbers[end - 1]} are refused together, and not apart`;
      return new UserError(`${words}: ${last.message} (${last.statusCode})`);
    }
    last = inSecondHalf;
    [start, end] = inFirstHalf ? [start, middle] : [middle, end];
  }
  const line = lines[start] as string;
  const shown = line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
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
