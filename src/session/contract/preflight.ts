// Preflight checks of every session, and how a check becomes a row of the table.
import { statfs } from 'node:fs/promises';
import { UserError } from '../../platform/errors';
import { checkWritable, existingPartOf } from '../../platform/files';
import type { Check } from './session';

const neededGigabytes = 3;

/** Result of a check: fine without a remedy, else what to do. */
export type Finding = { finding: string; remedy?: string } | { unknown: string; remedy: string };

/** Runs a check and returns its row. An error becomes a row, too; the message of a {@link UserError} is its remedy. */
export async function check(what: string, look: () => Promise<Finding>): Promise<Check> {
  try {
    const found = await look();
    if ('unknown' in found) {
      return { check: what, result: 'not known', finding: found.unknown, remedy: found.remedy };
    }
    const { finding, remedy = '' } = found;
    return { check: what, result: remedy ? 'fails' : 'ok', finding, remedy };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof UserError) return { check: what, result: 'fails', finding: '', remedy: message };
    return { check: what, result: 'not known', finding: message, remedy: 'See the message.' };
  }
}

/** Checks that the folders of jobs and endpoints can be created. */
export async function checkFolder(folder: string): Promise<Check> {
  return await check('folder', async () => {
    await checkWritable(folder);
    return { finding: 'the folder of jobs and endpoints is writable' };
  });
}

/** Checks the free space where the folder is, or would be. */
export async function checkDisk(folder: string): Promise<Check> {
  return await check('disk', async () => {
    const { bavail, bsize } = await statfs(existingPartOf(folder));
    const gigabytes = (bavail * bsize) / 1e9;
    const finding = `${gigabytes.toFixed(1)} GB free`;
    if (gigabytes >= neededGigabytes) return { finding };
    return {
      finding,
      remedy: `Free some space: about ${neededGigabytes} GB are needed, more to build the image.`,
    };
  });
}
