// Writes files and folders whole or not at all.
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainTarget, explainWriting } from './writeErrors';

export { badFolder, fullDisk } from './writeErrors';

/**
 * Runs a function that writes into a folder. Throws a {@link UserError} with a remedy if the disk is full, the folder is
 * not writable, or a file to read is missing or not readable. Other errors pass unchanged.
 */
export async function writeInto<Value>(folder: string, write: () => Promise<Value>): Promise<Value> {
  try {
    // Checked first, since creating folders on a read-only disk gives a different error.
    demandWritable(folder);
  } catch (error) {
    throw explainTarget(folder, error as NodeJS.ErrnoException);
  }
  try {
    return await write();
  } catch (error) {
    throw explainWriting(folder, error as NodeJS.ErrnoException);
  }
}

/** Throws the {@link UserError} of {@link writeInto} if a folder, or the one to create it in, is not writable. */
export async function checkWritable(folder: string): Promise<void> {
  await writeInto(folder, async () => undefined);
}

/** Returns whether a folder, or the one to create it in, is writable. */
export function isWritable(folder: string): boolean {
  try {
    demandWritable(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes a file whole or not at all, even if others write it at the same time; creates its folder. Throws the {@link
 * UserError} of {@link writeInto}.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await writeInto(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeTogether({ [path]: content });
  });
}

/** Writes files into existing folders. No file gets its name before all of them are on the disk. */
export async function writeTogether(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const parts = Object.entries(files).map(([path, content]) => ({ path, content, part: partName(path) }));
  try {
    for (const { part, content } of parts) await writeFile(part, content, { flush: true });
    for (const { part, path } of parts) await rename(part, path);
  } catch (error) {
    // The report of this error may need space on the same disk.
    await Promise.allSettled(parts.map(({ part }) => rm(part, { force: true })));
    throw error;
  }
}

/** Writes a short text whole or not at all into an existing folder, synchronously. */
export function writeWholeSync(path: string, text: string): void {
  const part = partName(path);
  try {
    writeFileSync(part, text);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** Creates a folder under a temporary name, then replaces the one at `path` with it as a whole. */
export async function replaceFolder(path: string, make: (part: string) => Promise<void>): Promise<void> {
  const part = partName(path);
  try {
    await mkdir(part, { recursive: true });
    await make(part);
    while (!(await tookPlace(part, path))) {
      const old = partName(path);
      await rename(path, old).catch(ignoreMissing);
      await rm(old, { recursive: true, force: true });
    }
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Returns a temporary name next to `path` that no other writer uses. */
export function partName(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}${partEnding}`;
}

/** Returns whether a killed writer left this file behind. */
export function isPart(name: string): boolean {
  return name.endsWith(partEnding);
}

const partEnding = '.unfinished';

/** Renames a folder. Returns false if the new name belongs to a folder that is not empty. */
async function tookPlace(part: string, path: string): Promise<boolean> {
  try {
    await rename(part, path);
    return true;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function demandWritable(folder: string): void {
  // The dot makes the check fail for a file.
  accessSync(`${existingPartOf(folder)}/.`, constants.W_OK | constants.X_OK);
}

/** Returns the folder, else the nearest parent that exists. */
export function existingPartOf(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingPartOf(dirname(folder));
}
