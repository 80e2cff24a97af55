// Uploads both sides of a split as a job's channels.
import { join } from 'node:path';
import { writeHeadlines } from '../data/headlines';
import type { Split } from '../data/split';
import { outputFolder } from '../platform/paths';
import type { Channel, Session } from '../session/contract/session';

/**
 * Writes both sides of a split into the output folder and uploads them as the channels training and validation.
 * @param name of the folder for the split's files
 * @throws `UserError` for a row that `writeHeadlines()` rejects
 * @example
 * ```ts
 * const channels = await workshop.uploadSplit(session, 'by-story', split);
 * console.log(channels.map(({ name }) => name)); // [ 'training', 'validation' ]
 * ```
 */
export async function uploadSplit(session: Session, name: string, split: Split): Promise<Channel[]> {
  const folder = join(outputFolder, 'data', name);
  const channels: Channel[] = [];
  for (const side of ['training', 'validation'] as const) {
    const path = join(folder, `${side}.csv`);
    await writeHeadlines(path, split[side]);
    channels.push(await session.upload(path, side));
  }
  return channels;
}
