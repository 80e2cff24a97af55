// Decides which files of a folder are data, for training, batch transform and upload.
import { type Dirent, existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { UserError } from './errors';

/** A folder's files, divided into data and others. */
interface DataFiles {
  /** Absolute paths, sorted. */
  files: string[];
  /** Paths in the folder, each with the reason: `.ipynb_checkpoints/ (hidden)`. */
  passedOver: string[];
}

/** Folders that systems and programs leave behind. */
const otherFolders = /^(__.*|_delta_log|_temporary|\$RECYCLE\.BIN|System Volume Information|lost\+found)$/i;

/** Files that describe data, belong to a system, or were left by an editor or a job. */
const otherFiles: readonly RegExp[] = [
  /^(readme|licen[cs]e)([._-][\w-]+)?(\.(md|markdown|txt|rst|html?|pdf|org|rtf))?$/i,
  /^(thumbs\.db|ehthumbs\.db|desktop\.ini)$/i,
  /^_[^.]*$/,
  /^~\$|~$|^#.*#$|\.(swp|bak|tmp|crc|md5|sha1|sha256)$/i,
];

/**
 * Lists the data below a folder. Skips hidden files and folders, empty files, READMEs, and leftovers of systems, editors
 * and jobs. A path that is not a folder is data, whatever its name.
 * @throws `UserError` if every file was skipped, a link is broken or points to a folder, or a folder cannot be read
 */
export async function dataFiles(path: string): Promise<DataFiles> {
  const folder = resolve(path);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) return { files: [folder], passedOver: [] };
  const files: string[] = [];
  const passedOver: string[] = [];
  for await (const { file, reason } of walk(folder, folder)) {
    if (reason === undefined) files.push(file);
    else passedOver.push(reason);
  }
  if (files.length > 0 || passedOver.length === 0) return { files: files.sort(), passedOver };
  throw noData(folder, passedOver);
}

/** Returns the error for a folder in which every file was skipped. */
export function noData(place: string, passedOver: readonly string[]): UserError {
  return new UserError(
    `${place} contains no data. ${describePassedOver(passedOver)} Rename a file that is data.`,
  );
}

/**
 * Lists the files to upload and reports the skipped ones.
 * @throws `UserError` without a file to upload, or for a pipe or a device
 */
export async function dataToUpload(source: string, tell: (sentence: string) => void): Promise<string[]> {
  if (!existsSync(source)) throw new UserError(`Nothing to upload: ${source} does not exist.`);
  const { files, passedOver } = await dataFiles(source);
  if (files.length === 0) throw new UserError(`Nothing to upload: ${source} contains no file.`);
  for (const file of files) await demandFile(file);
  if (passedOver.length > 0) tell(`${source}: ${describePassedOver(passedOver)}`);
  return files;
}

/** Throws a {@link UserError} for a pipe or a device, since reading one may never end. */
async function demandFile(path: string): Promise<void> {
  if ((await stat(path)).isFile()) return;
  throw new UserError(`${path} is a pipe or a device, not a file. Save the rows in a file and upload that.`);
}

/** Returns a path in a folder with the reason why it is not data, as in {@link DataFiles}; undefined if it is data. */
export function reasonToPassOver(path: string, bytes: number): string | undefined {
  const names = path.split('/');
  const file = names.pop() as string;
  const at = names.findIndex(isOtherFolder);
  if (at >= 0) return reasonForFolder(names.slice(0, at + 1));
  const reason = file.startsWith('.') ? 'hidden' : isOtherFile(file) ? 'not data' : bytes === 0 && 'empty';
  return reason ? `${path} (${reason})` : undefined;
}

/** Returns a sentence that names the first of them. */
export function describePassedOver(passedOver: readonly string[], shown = 5): string {
  const more = passedOver.length > shown ? ` and ${passedOver.length - shown} more` : '';
  return `Skipped: ${passedOver.slice(0, shown).join(', ')}${more}.`;
}

function isOtherFolder(name: string): boolean {
  return name.startsWith('.') || otherFolders.test(name);
}

function isOtherFile(name: string): boolean {
  return otherFiles.some((pattern) => pattern.test(name));
}

function reasonForFolder(names: readonly string[]): string {
  return `${names.join('/')}/ (${names.at(-1)?.startsWith('.') ? 'hidden' : 'not data'})`;
}

interface Found {
  file: string;
  reason?: string | undefined;
}

async function* walk(root: string, folder: string): AsyncGenerator<Found> {
  for (const entry of await entriesOf(folder)) {
    const file = join(folder, entry.name);
    if (!entry.isDirectory()) yield await judge(root, file);
    else if (isOtherFolder(entry.name)) {
      yield { file, reason: reasonForFolder(relative(root, file).split('/')) };
    } else yield* walk(root, file);
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    throw new UserError(`${folder} cannot be read: ${(error as Error).message}. Check its permissions.`, {
      cause: error,
    });
  }
}

async function judge(root: string, file: string): Promise<Found> {
  const path = relative(root, file);
  const named = reasonToPassOver(path, 1);
  if (named) return { file, reason: named };
  const target = await stat(file).catch(() => undefined);
  if (!target) throw new UserError(`${file} is a broken link. Remove or correct it.`);
  if (target.isDirectory()) {
    throw new UserError(`${file} is a link to a folder. Replace it with the folder itself.`);
  }
  // A pipe has no size either; its reader rejects it.
  return { file, reason: reasonToPassOver(path, target.isFile() ? target.size : 1) };
}
