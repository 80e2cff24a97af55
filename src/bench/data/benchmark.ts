// Benchmark: a full-size dataset from file to tokens, beside pandas and scikit-learn's vectoriser doing the same.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../data/dataset';
import { type Headline, writeHeadlines } from '../../data/headlines';
import { seededRandom } from '../../data/random';
import { UserError } from '../../platform/errors';
import { type Benchmark, type Contestant, inTurn, toMarkdown } from '../common/measure';
import { peerFile, peersPython } from '../common/peers';

/** Rows of the whole dataset. */
export const fullSize = 422_937;

export const benchData: Benchmark = async ({ short }) => {
  const [rows, rounds] = short ? [20_000, 1] : [fullSize, 3];
  const { headlines } = await loadDataset();
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const file = join(folder, 'newsCorpora.csv');
    await writeHeadlines(file, enlarge(headlines, rows));
    const contestants: Contestant[] = [
      { name: 'this workshop', command: [process.execPath, join(__dirname, 'contestant.js'), file] },
      {
        name: 'pandas + scikit-learn',
        command: [await peersPython('data'), peerFile('data', 'data.py'), file],
      },
    ];
    const task = `${rows.toLocaleString('en')} headlines from file to tokens: seconds, and peak memory in MB`;
    const results = { task, ...(await inTurn(contestants, rounds)) };
    for (const [name, { rows: read }] of Object.entries(results.figures)) {
      if (read?.smallest !== rows) throw new UserError(`${name} read ${read?.smallest} of ${rows} rows.`);
    }
    return { results, table: toMarkdown(results) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * The rows over and over, a tenth of the later copies' words changed so that no cache can cheat. The sample has half as
 * many stories as the whole dataset (3,663 of 7,230), so each becomes two.
 */
export function enlarge(headlines: readonly Headline[], rows: number): Headline[] {
  const random = seededRandom(1);
  const change = (word: string) => (random.fraction() < 0.1 ? `${word}${random.integer(1000)}` : word);
  return Array.from({ length: rows }, (_, row) => {
    const copy = Math.floor(row / headlines.length);
    const headline = headlines[row % headlines.length] as Headline;
    if (copy === 0) return headline;
    const title = headline.title.split(' ').map(change).join(' ');
    return { ...headline, id: String(row + 1), title, story: `${headline.story}-${copy % 2}` };
  });
}
