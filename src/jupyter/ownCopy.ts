// The reader's own copy of a notebook: without outputs, beside the original so that its cells' relative paths lead to the
// same places, and ignored by git. JupyterLab saves what it has open, so the original is never what it opens.
import { createHash } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { writeInto, writeWhole } from '../platform/files';
import type { Notebook } from './format';

export interface OwnCopy {
  path: string;
  /** What the reader should know, in sentences. */
  remarks: string[];
}

/** Where a notebook's copy is kept. */
export function ownCopyOf(notebook: string): string {
  return notebook.replace(/\.ipynb$/, '.local.ipynb');
}

/**
 * Makes the copy where there is none; one that is there stays as it is.
 * @param options.reset begins again from the original, and keeps the copy that was there under another name
 */
export async function takeOwnCopy(notebook: string, { reset = false } = {}): Promise<OwnCopy> {
  const path = ownCopyOf(notebook);
  const original = JSON.parse(await readFile(notebook, 'utf8')) as Notebook;
  const present = await readCopy(path);
  const remarks: string[] = [];
  if (present !== undefined && reset) {
    const backup = path.replace(/\.local\.ipynb$/, `.${timestamp()}.local.ipynb`);
    await writeInto(dirname(path), () => rename(path, backup));
    remarks.push(`Your copy of ${basename(notebook)} begins again. The one until now: ${backup}`);
  }
  if (present === undefined || reset) {
    await writeWhole(path, `${JSON.stringify(emptied(original), null, 1)}\n`);
  } else if (present !== '' && present !== versionOf(original)) {
    remarks.push(
      `${basename(notebook)} has changed since you began your copy, ${basename(path)}, which stays as it is. To begin ` +
        'again with the new version and keep yours under another name: npm run lab -- --reset',
    );
  }
  return { path, remarks };
}

/** The version that a copy was made from, empty where it does not tell; undefined where there is no copy. */
async function readCopy(path: string): Promise<string | undefined> {
  try {
    const { metadata } = JSON.parse(await readFile(path, 'utf8')) as Notebook;
    return (metadata?.workshop as { version?: string } | undefined)?.version ?? '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  }
}

function emptied(original: Notebook): Notebook {
  const cells = original.cells.map((cell) =>
    cell.cell_type === 'code' ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  return {
    ...original,
    cells,
    metadata: { ...original.metadata, workshop: { version: versionOf(original) } },
  };
}

/** Changes with what the cells say, and not with their outputs. */
function versionOf({ cells }: Notebook): string {
  const sources = cells.map(({ cell_type, source }) => [cell_type, [source].flat().join('')]);
  return createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
}

/** Local time, to the millisecond, as a part of a file's name. */
function timestamp(): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local
    .toISOString()
    .replace(/\D/g, '')
    .replace(/^(\d{8})(\d{6})/, '$1-$2-');
}
