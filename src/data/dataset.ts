// Loads the headlines from the first place that has them, or invents them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../platform/errors';
import { projectFolder } from '../platform/paths';
import { joinChannels, readChannelRows } from './channelRows';
import { type DownloadOptions, downloadDataset } from './download';
import { describeSkipped } from './files/fileRows';
import { type Headline, readNewsFile } from './headlines';
import { generateHeadlines } from './synthetic';

/** The dataset of the workshop. */
export interface Dataset {
  headlines: Headline[];
  /** Whether the headlines are invented; figures made from them are labelled as synthetic. */
  synthetic: boolean;
  /** A sentence on the dataset and its source. */
  description: string;
}

/** Options of `loadDataset()`. */
export interface DatasetOptions {
  /** A file of headlines, or a folder of several. @default the environment variable `HEADLINES` */
  path?: string;
  /** The folder of the downloaded file. @default the project's data/ */
  folder?: string;
  /** Options for downloading a missing file; `false` downloads nothing. */
  download?: Omit<DownloadOptions, 'folder'> | false;
}

/** The folder for downloads; see data/README.md. */
const dataFolder = join(projectFolder, 'data');

/** `HEADLINES=synthetic` selects the invented headlines even if the dataset is available. */
export const syntheticName = 'synthetic';

/**
 * Loads the headlines of the workshop from the first of these places: `path` or the environment variable `HEADLINES`,
 * newsCorpora.csv in `folder`, a download from the UCI repository (29 MB, shown as it arrives), and a seeded synthetic
 * set. A given path that cannot be read is an error. If a download failed, the description has the reason.
 * @param options see `DatasetOptions`
 * @throws `UserError` if the file is missing or is not the dataset
 * @example
 * ```ts
 * const news = await workshop.loadDataset();
 * console.log(news.headlines.length); // 6000
 * ```
 */
export async function loadDataset(options: DatasetOptions = {}): Promise<Dataset> {
  const given = options.path || process.env.HEADLINES;
  if (given === syntheticName) return invent('as HEADLINES asks.');
  if (given) return await fromFile(given);
  const { folder = dataFolder, download = {} } = options;
  const file = join(folder, 'newsCorpora.csv');
  if (existsSync(file)) return await fromFile(file);
  if (!download) return invent('because this machine has no dataset.');
  const failure = await tryDownload({ onProgress: console.log, ...download, folder });
  return failure ? invent(`because this machine has no dataset. ${failure}`) : await fromFile(file);
}

/** Returns the reason if the download failed, otherwise undefined. Throws if the kernel was interrupted. */
async function tryDownload(options: DownloadOptions): Promise<string | undefined> {
  const interruption = new AbortController();
  const stop = () => interruption.abort(new UserError('Interrupted; run the cell again to download.'));
  process.once('SIGINT', stop);
  try {
    await downloadDataset({ signal: interruption.signal, ...options });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError) || interruption.signal.aborted) throw error;
    return error.message;
  } finally {
    process.off('SIGINT', stop);
  }
}

function invent(reason: string): Dataset {
  const headlines = generateHeadlines();
  return {
    headlines,
    synthetic: true,
    description:
      `${count(headlines)} synthetic headlines, invented by a generator ${reason} ` +
      'Figures made from them say nothing about the news.',
  };
}

async function fromFile(path: string): Promise<Dataset> {
  const { rows, skipped, remarks } = await readChannelRows(path, readNewsFile);
  const [headlines = []] = joinChannels(rows);
  const malformed =
    skipped.length > 0
      ? [`${skipped.length} malformed lines were skipped:\n${describeSkipped(skipped)}`]
      : [];
  return {
    headlines,
    synthetic: false,
    description: [`${count(headlines)} headlines of ${path}.`, ...remarks, ...malformed].join(' '),
  };
}

function count(headlines: readonly Headline[]): string {
  return headlines.length.toLocaleString('en');
}
