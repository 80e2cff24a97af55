// The reader's own copy of a notebook. It has no outputs, is ignored by git, and is next to the original so that relative
// paths in cells still work. JupyterLab autosaves what it has open, so it never opens the original.
import { createHash } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { writeInto, writeWhole } from '../platform/files';
import type { Notebook } from './format';

interface OwnCopy {
  path: string;
  /** Sentences to show to the reader. */
  remarks: string[];
}

/** Returns the path of a notebook's copy. */
function ownCopyOf(notebook: string): string {
  return notebook.replace(/\.ipynb$/, '.local.ipynb');
}

/**
 * Makes the copy if there is none. An existing copy is not changed.
 * @param options.reset starts again from the original, and keeps the existing copy under another name
 */
export async function takeOwnCopy(notebook: string, { reset = false } = {}): Promise<OwnCopy> {
  const path = ownCopyOf(notebook);
  const original = JSON.parse(await readFile(notebook, 'utf8')) as Notebook;
  const present = await readCopy(path);
  const remarks: string[] = [];
  if (present !== undefined && reset) {
    const backup = path.replace(/\.local\.ipynb$/, `.${timestamp()}.local.ipynb`);
    await writeInto(dirname(path), () => rename(path, backup));
    remarks.push(`Your copy of ${basename(notebook)} starts again. Your previous copy: ${backup}`);
  }
  if (present === undefined || reset) {
    await writeWhole(path, `${JSON.stringify(emptied(original), null, 1)}\n`);
  } else if (present !== '' && present !== versionOf(original)) {
    remarks.push(
      `${basename(notebook)} has changed since you started your copy, ${basename(path)}. Your copy is unchanged. To start ` +
        'again with the new version, rename your copy, and run what made it again: npm run lab, or npm run copies.',
    );
  }
  return { path, remarks };
}

/** Returns the version that a copy was made from; empty if unknown, undefined without a copy. */
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

/** Returns a hash of the cells' sources, without their outputs. */
function versionOf({ cells }: Notebook): string {
  const sources = cells.map(({ cell_type, source }) => [cell_type, [source].flat().join('')]);
  return createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
}

/** Returns the local time, to the millisecond, as part of a file name. */
function timestamp(): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local
    .toISOString()
    .replace(/\D/g, '')
    .replace(/^(\d{8})(\d{6})/, '$1-$2-');
}
