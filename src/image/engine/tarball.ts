// Packs and reads the tar archives in which the Docker Engine's API transfers files.
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Headers, pack } from 'tar-stream';

/** An archive's entry for a file, a folder or a link. */
export interface FileEntry {
  /** Path that begins with the name of the requested folder. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly isSymbolicLink: boolean;
  readonly isExecutable: boolean;
  readonly size: number;
  /** The first 1,024 bytes. */
  readonly head: string;
}

const headBytes = 1024;

/** Returns an archive of text files, and of empty folders for names that end in a slash; the given user owns them all. */
export function packFiles(files: Readonly<Record<string, string>>, owner: number): Readable {
  const archive = pack();
  const ids = { uid: owner, gid: owner };
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) archive.entry({ ...ids, name, type: 'directory', mode: 0o755 });
    else archive.entry({ ...ids, name, mode: 0o644 }, content);
  }
  archive.finalize();
  return archive;
}

export async function listFiles(archive: NodeJS.ReadableStream): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  const parser = extract().on('entry', (headers, content, next) => {
    let head = Buffer.alloc(0);
    content.on('data', (bytes: Buffer) => {
      if (head.length < headBytes) head = Buffer.concat([head, bytes]).subarray(0, headBytes);
    });
    content.on('end', () => {
      entries.push(describe(headers, head.toString()));
      next();
    });
  });
  await pipeline(archive, parser);
  return entries;
}

function describe({ name, type, size = 0, mode = 0 }: Headers, head: string): FileEntry {
  return {
    path: name,
    isFolder: type === 'directory',
    isSymbolicLink: type === 'symlink',
    isExecutable: (mode & 0o111) !== 0,
    size,
    head,
  };
}

/** Returns the content of the first file of that name in any folder; undefined if none. Reads no further. */
export async function readEntry(archive: NodeJS.ReadableStream, name: string): Promise<Buffer | undefined> {
  let found: Buffer | undefined;
  const enough = new AbortController();
  const parser = extract().on('entry', ({ name: path, type }, content, next) => {
    if (type !== 'file' || basename(path) !== name) {
      content.resume();
      next();
      return;
    }
    const parts: Buffer[] = [];
    content.on('data', (bytes: Buffer) => parts.push(bytes));
    content.on('end', () => {
      found = Buffer.concat(parts);
      enough.abort();
    });
  });
  await pipeline(archive, parser, { signal: enough.signal }).catch((error) => {
    if (!found) throw error;
  });
  return found;
}

/** Returns the path of the first entry other than a folder, if any. Reads no further. */
export async function findFile(archive: NodeJS.ReadableStream): Promise<string | undefined> {
  let found: string | undefined;
  const enough = new AbortController();
  const parser = extract().on('entry', ({ name, type }, content, next) => {
    if (type === 'directory') {
      content.resume();
      next();
      return;
    }
    found = name;
    enough.abort();
  });
  await pipeline(archive, parser, { signal: enough.signal }).catch((error) => {
    if (!found) throw error;
  });
  return found;
}
