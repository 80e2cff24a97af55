// Where the headlines come from: the first place that has them, and the invented ones where none has.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Headline, readNews } from './headlines';
import { projectFolder } from './output';
import { describeSkipped } from './records';
import { generateHeadlines } from './synthetic';

/** What the workshop works on. */
export interface Dataset {
  headlines: Headline[];
  /** Whether the headlines are invented; then every figure made from them says so. */
  synthetic: boolean;
  /** One sentence: what it is and where it was found. */
  description: string;
}

/** Where `npm run download` puts it: see data/README.md. */
const dataFolder = join(projectFolder, 'data');

/**
 * The headlines of the workshop, looked for in this order: `path`, the environment variable `HEADLINES`,
 * newsCorpora.csv in `folder`, and a seeded synthetic set.
 * @param options.path a file that `readNews()` can read
 * @param options.folder where newsCorpora.csv may lie; default: data/ in the project
 * @throws `UserError` where the file that was given or found is not there, or is not the dataset
 * @example
 * ```ts
 * const news = await workshop.loadDataset();
 * console.log(news.headlines.length); // 6000
 * ```
 */
export async function loadDataset(options: { path?: string; folder?: string } = {}): Promise<Dataset> {
  const given = options.path || process.env.HEADLINES;
  if (given) return await fromFile(given);
  const downloaded = join(options.folder ?? dataFolder, 'newsCorpora.csv');
  if (existsSync(downloaded)) return await fromFile(downloaded);
  const headlines = generateHeadlines();
  return {
    headlines,
    synthetic: true,
    description:
      `${count(headlines)} synthetic headlines, invented by a generator because there is no dataset here: ` +
      'figures made from them say nothing about the news. `npm run download` gets the real dataset.',
  };
}

async function fromFile(path: string): Promise<Dataset> {
  const { rows: headlines, skipped } = await readNews(path);
  const malformed =
    skipped.length > 0 ? ` ${skipped.length} malformed lines were skipped:\n${describeSkipped(skipped)}` : '';
  return {
    headlines,
    synthetic: false,
    description: `${count(headlines)} headlines of ${path}.${malformed}`,
  };
}

function count(headlines: readonly Headline[]): string {
  return headlines.length.toLocaleString('en');
}
