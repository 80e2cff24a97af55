// Downloads newsCorpora.csv if this machine has none: the UCI repository's archive → one checked file.
// Needs undici, which the container does not have, so nothing that trains or serves imports it.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runMain, UserError } from '../platform/errors';
import { badFolder, fullDisk } from '../platform/files';
import { takeLock } from '../platform/lock';
import { projectFolder } from '../platform/paths';
import { Failure, reasonOf } from './archiveFailure';
import { fetchArchive } from './fetchArchive';
import { fileName, unpackNews } from './unpackArchive';

const defaults = {
  /** The most bytes that the archive may have; it has about 29 MB. */
  archiveBytes: 200e6,
  /** The most bytes that the file in it may have, counted as they are unpacked; it has about 102 MB. */
  fileBytes: 1e9,
  /** The number of rows that the file should have, according to its readme.txt. */
  rows: 422_937,
  /** Retries after a cut connection or a busy server. */
  retries: 5,
  /** Milliseconds before the first retry; the delay doubles each time. */
  retryDelay: 500,
  /** Milliseconds until a server that cannot be reached counts as offline. */
  connectTimeout: 5_000,
  /** Milliseconds of silence after which a connection counts as cut. */
  stallTimeout: 30_000,
};

/** Options for downloading the dataset. */
export interface DownloadOptions {
  /** The URL of the zip archive. @default dataset 359, News Aggregator, in the UCI repository */
  url?: string;
  /** The folder for newsCorpora.csv; created if it is missing. @default the project's data/ */
  folder?: string;
  /** Ends the download at once. */
  signal?: AbortSignal | undefined;
  /** Called with each line to show: bytes received, what the download waits for, an unexpected number of rows. */
  onProgress?: (line: string) => void;
  /** For tests, and for other archives in the same layout. */
  limits?: Partial<typeof defaults>;
}

interface Job extends Required<Omit<DownloadOptions, 'signal'>> {
  signal: AbortSignal | undefined;
  limits: typeof defaults;
  target: string;
}

/**
 * Downloads the News Aggregator dataset and returns the path of its newsCorpora.csv. Keeps an existing file. Retries
 * after a cut connection, and waits for another download into the same folder. Respects `HTTP_PROXY`, `HTTPS_PROXY` and
 * `NO_PROXY`.
 *
 * The file appears whole or not at all, after a check of the archive's CRC-32 and of every line: eight columns and a
 * known category. The publisher gives no checksum. A number of rows other than the published 422,937 is reported to
 * `onProgress`, since the CRC-32 already rules out a file cut short.
 *
 * Throws a {@link UserError} with the failure and how to continue without a download, or the signal's reason.
 */
export async function downloadDataset({
  url = 'https://archive.ics.uci.edu/static/public/359/news+aggregator.zip',
  folder = join(projectFolder, 'data'),
  signal,
  onProgress = () => {},
  limits = {},
}: DownloadOptions = {}): Promise<string> {
  const target = join(folder, fileName);
  const job = { url, folder, signal, onProgress, limits: { ...defaults, ...limits }, target };
  try {
    signal?.throwIfAborted();
    await mkdir(folder, { recursive: true });
    const release = await waitForLock(job);
    try {
      if (!existsSync(target)) await download(job);
    } finally {
      release();
    }
    return target;
  } catch (error) {
    signal?.throwIfAborted();
    throw explain(error, job);
  }
}

async function waitForLock({ folder, signal, onProgress }: Job): Promise<() => void> {
  for (let told = false; ; told = true) {
    const release = await takeLock(folder);
    if (release) return release;
    if (!told) onProgress(`Another process is downloading into ${folder}; waiting for it.`);
    await setTimeout(200, undefined, { signal });
  }
}

async function download(job: Job): Promise<void> {
  const { target, signal, onProgress, limits } = job;
  const unpacked = `${target}.tmp`;
  try {
    // Created first, so that an unwritable folder fails before the download.
    await writeFile(unpacked, '');
    const archive = await fetchArchive(job);
    onProgress(`Unpacking ${fileName}.`);
    const found = await unpackNews(archive, { path: unpacked, maxBytes: limits.fileBytes, signal });
    await rename(unpacked, target);
    const [rows, published] = [found, limits.rows].map((count) => count.toLocaleString('en'));
    if (rows !== published) onProgress(`${fileName} has ${rows} rows instead of the published ${published}.`);
  } finally {
    await rm(unpacked, { force: true }).catch(() => undefined);
  }
}

/** Returns the error to show. Errors without a code or a reason are bugs and stay unchanged. */
function explain(error: unknown, { url, folder }: Job): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Failure) && typeof code !== 'string') return error;
  const byHand = `put ${fileName} into ${folder} by hand (data/README.md), or name it: HEADLINES=path.`;
  if (fullDisk.includes(code ?? '')) {
    return new UserError(
      `The disk of ${folder} is full. Free 150 MB and run this again, or name a file elsewhere: HEADLINES=path.`,
      { cause: error },
    );
  }
  if (badFolder.includes(code ?? '')) {
    return new UserError(`Cannot write into ${folder} (${message}). Change its permissions, or ${byHand}`, {
      cause: error,
    });
  }
  return new UserError(
    `${url} was not downloaded: ${reasonOf(error, url)}. Run this again later, or ${byHand}`,
    { cause: error },
  );
}

/** Runs `npm run download`. */
async function main(): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort(new UserError('Interrupted; run it again to start over.')));
  console.log(await downloadDataset({ onProgress: console.log, signal: interruption.signal }));
}

if (require.main === module) void runMain(main);
