// Where newsCorpora.csv comes from when this machine has none: the UCI repository's archive → one checked file.
// Needs undici, which the container does not have, so nothing that trains or serves imports it.
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import yauzl from 'yauzl';
import { describeError, UserError } from '../platform/errors';
import { badFolder, fullDisk } from '../platform/files';
import { projectFolder } from '../platform/paths';
import { proxyFor } from '../platform/proxy';
import { problemOf, readLines } from './files/lines';
import { categories } from './headlines';

const fileName = 'newsCorpora.csv';
/** Node has it since 20.15; before that, the sizes and the rows are what is checked. */
const hasCrc32 = typeof crc32 === 'function';

const defaults = {
  /** The most bytes that the archive may have; it has about 29 MB. */
  archiveBytes: 200e6,
  /** The most bytes that the file in it may have, counted as they are unpacked; it has about 102 MB. */
  fileBytes: 1e9,
  /** How many rows the file should have: the number in its readme.txt, and its lines. */
  rows: 422_937,
  /** How often a connection that was cut, or a server that is busy, is tried again. */
  retries: 5,
  /** Milliseconds before the first such retry; each further one waits twice as long. */
  retryDelay: 500,
  /** Milliseconds until a server that cannot be reached counts as offline. */
  connectTimeout: 5_000,
  /** Milliseconds of silence after which a connection counts as cut. */
  stallTimeout: 30_000,
};

/** How the dataset is downloaded. */
export interface DownloadOptions {
  /** The zip archive. @default the one of dataset 359, News Aggregator, in the UCI repository */
  url?: string;
  /** Where newsCorpora.csv shall lie; made where it is missing. @default the project's data/ */
  folder?: string;
  /** Ends the download at once; what has arrived is kept for the next one. */
  signal?: AbortSignal | undefined;
  /** Gets lines to show: how much has arrived, what is waited for, and an unexpected number of rows. */
  onProgress?: (line: string) => void;
  /** For tests, and for other archives in the same layout. */
  limits?: Partial<typeof defaults>;
}

/** One download: its options, and the files that it may write. */
interface Job extends Required<Omit<DownloadOptions, 'signal'>> {
  signal: AbortSignal | undefined;
  limits: typeof defaults;
  target: string;
  /** The archive as far as it has arrived. It and its note are the only things that outlive a failure. */
  part: string;
  /** JSON: which archive the part is of, and the validator for If-Range. */
  note: string;
  unpacked: string;
  lock: string;
}

/** What went wrong, for {@link explain}: `passing` is worth a retry, `unusable` condemns what has arrived. */
class Failure extends Error {
  constructor(
    message: string,
    readonly kind: 'passing' | 'unusable' | 'final',
  ) {
    super(message);
  }
}

/**
 * Downloads the News Aggregator dataset and returns the path of its newsCorpora.csv; a file that is there already is
 * left alone. An archive that was cut off is continued, in this call and in later ones, and a second download into the
 * same folder waits for the first. `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are respected.
 *
 * The file is put in place whole or not at all, after a check of what can be known of it: the archive's CRC-32, eight
 * columns and a known category in every line. The publisher gives no checksum. A number of rows other than the
 * published 422,937 is no error but a line for `onProgress`, since the CRC-32 already rules out a file cut short.
 *
 * Throws a {@link UserError} that says what failed and how to go on without a download, or the signal's reason.
 */
export async function downloadDataset({
  url = 'https://archive.ics.uci.edu/static/public/359/news+aggregator.zip',
  folder = join(projectFolder, 'data'),
  signal,
  onProgress = () => {},
  limits = {},
}: DownloadOptions = {}): Promise<string> {
  const target = join(folder, fileName);
  const [part, note] = [`${target}.zip.part`, `${target}.zip.part.json`];
  const [unpacked, lock] = [`${target}.tmp`, `${target}.lock`];
  const options = { url, folder, signal, onProgress, limits: { ...defaults, ...limits } };
  const job = { ...options, target, part, note, unpacked, lock };
  try {
    signal?.throwIfAborted();
    await mkdir(folder, { recursive: true });
    await takeLock(job);
    try {
      if (!existsSync(target)) await fetchAndUnpack(job);
    } finally {
      await removeQuietly(lock);
    }
    return target;
  } catch (error) {
    signal?.throwIfAborted();
    throw explain(error, job);
  }
}

async function fetchAndUnpack(job: Job): Promise<void> {
  try {
    await fetchArchive(job);
    job.onProgress(`Unpacking ${fileName}.`);
    await unpack(job);
    await checkRows(job);
    await rename(job.unpacked, job.target);
    await discardPart(job);
  } catch (error) {
    // A part that stays is found unusable again.
    if (error instanceof Failure && error.kind === 'unusable') await discardPart(job).catch(() => undefined);
    throw error;
  } finally {
    await removeQuietly(job.unpacked);
  }
}

/** Removes a file that a later call can do with, without hiding an error that came before. */
async function removeQuietly(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** Every attempt continues the part, so that a retry and a later call are the same thing. */
async function fetchArchive(job: Job): Promise<void> {
  const dispatcher = createDispatcher(job);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fetchRest(job, dispatcher);
      } catch (error) {
        if (attempt > job.limits.retries || !isPassing(error, attempt > 1)) throw error;
        const delay = job.limits.retryDelay * 2 ** (attempt - 1);
        job.onProgress(`Trying again in ${delay / 1000} s: ${reasonOf(error, job)}.`);
        await setTimeout(delay, undefined, { signal: job.signal });
      }
    }
  } finally {
    await dispatcher.destroy();
  }
}

function createDispatcher({ url, limits: { connectTimeout, stallTimeout } }: Job): Dispatcher {
  const connect = { timeout: connectTimeout };
  const options = { connect, headersTimeout: stallTimeout, bodyTimeout: stallTimeout };
  // For its error, which is clearer than undici's.
  if (URL.canParse(url)) proxyFor(new URL(url));
  const throughProxy = { proxyTls: connect, requestTls: connect };
  // EnvHttpProxyAgent warns that it is experimental: only those with a proxy shall see it.
  return usesProxy() ? new EnvHttpProxyAgent({ ...options, ...throughProxy }) : new Agent(options);
}

function usesProxy(): boolean {
  return ['http_proxy', 'https_proxy'].some((name) => process.env[name] || process.env[name.toUpperCase()]);
}

async function fetchRest(job: Job, dispatcher: Dispatcher): Promise<void> {
  const { bytes, validator } = await readPart(job);
  const range = bytes > 0 ? { range: `bytes=${bytes}-`, ...(validator && { 'if-range': validator }) } : {};
  const options = { dispatcher, signal: job.signal ?? null, maxRedirections: 5 };
  const response = await request(job.url, { ...options, headers: range });
  const { statusCode, headers, body } = response;
  // Until it is read, a cut would be nobody's error and end the process; reading tells of it again.
  body.on('error', () => undefined);
  const contentRange = String(headers['content-range']);
  if (statusCode === 206 && contentRange.startsWith(`bytes ${bytes}-`))
    return await save(job, response, bytes);
  if (statusCode === 200 && !String(headers['content-type']).startsWith('text/html')) {
    await writeFile(job.note, JSON.stringify([job.url, validatorOf(headers)]));
    return await save(job, response, 0);
  }
  await body.dump();
  if (statusCode === 416 && contentRange === `bytes */${bytes}`) return;
  if (statusCode === 206 || statusCode === 416) {
    await discardPart(job);
    throw new Failure('the part that is here does not fit the archive there', 'passing');
  }
  if (statusCode === 200) throw new Failure(webPage, 'final');
  const isBusy = statusCode >= 500 || statusCode === 429 || statusCode === 408;
  throw new Failure(`the server answered ${statusCode}`, isBusy ? 'passing' : 'final');
}

const webPage = 'a web page came instead of the archive, perhaps the sign-in page of this network';

/** For If-Range; a weak ETag does not promise the same bytes. */
function validatorOf({ etag, 'last-modified': date }: Dispatcher.ResponseData['headers']): string {
  return String((!String(etag).startsWith('W/') && etag) || date || '');
}

/** How much of this very archive is here, and the validator that came with it. */
async function readPart({ part, note, url }: Job): Promise<{ bytes: number; validator: string }> {
  try {
    const [from, validator] = JSON.parse(await readFile(note, 'utf8'));
    return { bytes: from === url ? (await stat(part)).size : 0, validator };
  } catch {
    return { bytes: 0, validator: '' };
  }
}

async function discardPart({ part, note }: Job): Promise<void> {
  for (const path of [note, part]) await rm(path, { force: true });
}

async function save(job: Job, { headers, body }: Dispatcher.ResponseData, start: number): Promise<void> {
  const length = Number(headers['content-length'] ?? 0);
  const total = length && start + length;
  const arriving = async function* () {
    let [bytes, nextReport] = [start, 0];
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (bytes === 0 && !'PK'.startsWith(chunk.toString('latin1', 0, 2)))
        throw new Failure(webPage, 'unusable');
      bytes += chunk.length;
      refuseMore('the archive', Math.max(bytes, total), job.limits.archiveBytes);
      yield chunk;
      if (Date.now() < nextReport && bytes !== total) continue;
      job.onProgress(`Downloading ${job.url}: ${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ''}.`);
      nextReport = Date.now() + 1000;
    }
  };
  await writeFile(job.part, arriving(), { flag: start > 0 ? 'a' : 'w' });
}

function refuseMore(what: string, bytes: number, limit: number): void {
  if (bytes > limit) throw new Failure(`${what} has more than ${megabytes(limit)}`, 'unusable');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function unpack(job: Job): Promise<void> {
  try {
    // Names as bytes: yauzl would refuse the whole archive for one that leads out of it, and no name matters here.
    const zip = await yauzl.openPromise(job.part, { decodeStrings: false, autoClose: false });
    try {
      await writeFile(job.unpacked, unzip(zip, job), { signal: job.signal });
    } finally {
      zip.close();
    }
  } catch (error) {
    // What neither we nor the file system said is yauzl or zlib complaining of the bytes.
    if (error instanceof Failure || 'syscall' in (error as object) || job.signal?.aborted) throw error;
    throw new Failure(`the archive is damaged (${(error as Error).message})`, 'unusable');
  }
}

async function* unzip(zip: yauzl.ZipFile, { limits }: Job): AsyncGenerator<Buffer> {
  const entry = await findFile(zip);
  let [bytes, sum] = [0, 0];
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    refuseMore(fileName, bytes, limits.fileBytes);
    if (hasCrc32) sum = crc32(chunk, sum);
    yield chunk;
  }
  if (hasCrc32 && sum !== entry.crc32)
    throw new Failure(`the CRC-32 of its ${fileName} is wrong`, 'unusable');
}

/** In whatever folder of the archive it lies; that decides nothing about where it is written. */
async function findFile(zip: yauzl.ZipFile): Promise<yauzl.Entry> {
  const names: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const name = String(entry.fileName);
    if (name.split(/[\\/]/).at(-1) === fileName) return entry;
    names.push(name);
  }
  const found = names.slice(0, 5).join(', ') || 'nothing';
  throw new Failure(`there is no ${fileName} in the archive, but ${found}`, 'unusable');
}

async function checkRows({ unpacked, limits, signal, onProgress }: Job): Promise<void> {
  let count = 0;
  for await (const { lines } of readUnpacked(unpacked)) {
    signal?.throwIfAborted();
    for (const line of lines) checkRow(line, ++count);
  }
  const [found, published] = [count, limits.rows].map((number) => number.toLocaleString('en'));
  if (found !== published) onProgress(`${fileName} has ${found} rows instead of the published ${published}.`);
}

function checkRow(text: string, line: number): void {
  const fields = text.split('\t');
  const [, , , , category = ''] = fields;
  const reason = problemOf(text) ?? (fields.length !== 8 && `it has ${fields.length} column(s) instead of 8`);
  if (reason) throw new Failure(`line ${line} of its ${fileName} is malformed: ${reason}`, 'unusable');
  if (!Object.hasOwn(categories, category)) {
    throw new Failure(`line ${line} of its ${fileName} has the unknown category "${category}"`, 'unusable');
  }
}

/** Yields the lines. A file that is not text is unusable. */
async function* readUnpacked(path: string): ReturnType<typeof readLines> {
  try {
    yield* readLines(path);
  } catch (error) {
    throw error instanceof UserError ? new Failure(error.message, 'unusable') : error;
  }
}

/** The lock is a symbolic link to the holder's process ID: made in one step, its content included. */
async function takeLock({ lock, folder, signal, onProgress }: Job): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      return await symlink(String(process.pid), lock);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readlink(lock).catch(() => String(process.pid));
    if (!isRunning(Number(holder))) await rm(lock, { force: true });
    else if (!told)
      onProgress(`Process ${holder} downloads into ${folder}; waiting. If it does not, remove ${lock}.`);
    await setTimeout(200, undefined, { signal });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const cuts = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT'];
const silences = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'];
silences.push('UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT');
/** A proxy's answer that is no connection. */
const refusals = ['UND_ERR_ABORTED'];

/** A server that never answered is not tried again, so that who is offline hears it at once. */
function isPassing(error: unknown, hasAnswered: boolean): boolean {
  if (error instanceof Failure) return error.kind === 'passing';
  const { code = '' } = error as NodeJS.ErrnoException;
  return cuts.includes(code) || (hasAnswered && silences.includes(code));
}

function reasonOf(error: unknown, { url }: Job): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof Failure) return message;
  const detail = `(${message || code})`;
  const proxy = [...silences, ...refusals].includes(code) && proxyFor(new URL(url));
  if (proxy) {
    const { address, variable } = proxy;
    return (
      `the proxy ${address} (${variable}) lets nothing through ${detail}; set ${variable} to one that does, with a name ` +
      'and password where it wants them (http://NAME:PASSWORD@HOST:PORT), or unset it where there is a way without'
    );
  }
  if (cuts.includes(code)) return `the connection was cut ${detail}`;
  if (silences.includes(code))
    return `${new URL(url).host} cannot be reached, is this machine offline? ${detail}`;
  if (/CERT|SSL|TLS|EPROTO|SIGNATURE/.test(code)) {
    return `there is no safe connection ${detail}; NODE_EXTRA_CA_CERTS names certificates to trust`;
  }
  return `the request failed ${detail}`;
}

/** The sentences for the notebook. What is neither ours nor has a code is a mistake in here and stays as it is. */
function explain(error: unknown, job: Job): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Failure) && typeof code !== 'string') return error;
  const byHand = `put ${fileName} into ${job.folder} by hand (data/README.md), or name it: HEADLINES=path.`;
  if (fullDisk.includes(code ?? '')) {
    return new UserError(
      `The disk of ${job.folder} is full. Free 150 MB and run this again, or name a file elsewhere: HEADLINES=path.`,
    );
  }
  if (badFolder.includes(code ?? '')) {
    return new UserError(`Cannot write into ${job.folder} (${message}). Change that, or ${byHand}`);
  }
  const again = existsSync(job.part)
    ? 'What has arrived is kept: run this again to continue'
    : 'Run this again later';
  return new UserError(`${job.url} was not downloaded: ${reasonOf(error, job)}. ${again}, or ${byHand}`);
}

/** `npm run download` */
async function main(): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort(new UserError('Interrupted; run it again to go on.')));
  try {
    console.log(await downloadDataset({ onProgress: console.log, signal: interruption.signal }));
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
}

if (require.main === module) void main();
