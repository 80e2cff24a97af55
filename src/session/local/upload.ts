// upload() on this machine: copies the data files into a folder named by their content.
import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contentHash } from '../../platform/contentHash';
import { dataToUpload } from '../../platform/dataFiles';
import { partName, writeInto } from '../../platform/files';
import { localPath } from '../../platform/localAddress';
import type { Channel } from '../contract/jobs';
import { checkChannelName } from '../contract/names';

/** Copies a file, or the data files of a folder, below the session's folder. Equal content is copied once. */
export async function uploadLocally(root: string, path: string, channel: string): Promise<Channel> {
  checkChannelName(channel);
  const source = localPath(path);
  const files = await dataToUpload(source, console.log);
  const folder = join(root, 'channels', `${channel}-${await contentHash(source)}`);
  if (!existsSync(folder)) await writeInto(root, () => copyInOneStep(source, files, folder));
  return { name: channel, uri: pathToFileURL(folder).href };
}

async function copyInOneStep(source: string, files: readonly string[], folder: string): Promise<void> {
  const unfinished = partName(folder);
  try {
    for (const file of files) {
      const copy = join(unfinished, relative(source, file) || basename(file));
      await mkdir(dirname(copy), { recursive: true });
      await copyFile(file, copy, constants.COPYFILE_FICLONE);
    }
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    // The folder is named by its content: another upload of the same data came first.
    if (!existsSync(folder)) throw error;
  }
}
