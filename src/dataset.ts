// Where the headlines come from: the first place that has them, and the invented ones where none has.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Headline, readNews } from './headlines';
import { describeSkipped } from './records';
import { generateHeadlines } from './synthetic';

export interface Dataset {
  headlines: Headline[];
  /** Whether the headlines are invented; then every figure made from them says so. */
  synthetic: boolean;
  /** One sentence: what it is and where it was found. */
  description: string;
}

/** Where a download is expected: see data/README.md. */
const defaultPath = join(__dirname, '..', 'data', 'newsCorpora.csv');

/**
 * The headlines of the workshop, looked for in this order: `path`, the environment variable `HEADLINES`,
 * data/newsCorpora.csv, and a seeded synthetic set. A path that is given and cannot be read is an error.
 */
export async function loadDataset({
  path = process.env.HEADLINES,
}: {
  path?: string | undefined;
} = {}): Promise<Dataset> {
  if (path) return await fromFile(path);
  if (existsSync(defaultPath)) return await fromFile(defaultPath);
  const headlines = generateHeadlines();
  return {
    headlines,
    synthetic: true,
    description:
      `${count(headlines)} synthetic headlines, invented by a generator because there is no dataset here: ` +
      'figures made from them say nothing about the news. data/README.md tells where the real one is.',
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
