// The workshop's side of the data benchmark, in a process of its own; data.py is the other side.
import { DataFrame } from 'danfojs-node';
import { readNews } from '../headlines';
import { createEncoder, learnVocabulary } from '../tokenizer';

const timed = async <Result>(work: () => Result | Promise<Result>): Promise<[Result, number]> => {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
};

async function main(path: string): Promise<void> {
  const [rows, parse] = await timed(async () => (await readNews(path)).rows);
  const [, explore] = await timed(() => {
    const frame = new DataFrame(rows);
    const counts = (...columns: string[]) => frame.groupby(columns).col(['id']).count();
    counts('category');
    counts('publisher').sortValues('id_count', { ascending: false });
    counts('story');
    const days = rows.map(({ timestamp }) => new Date(timestamp).toISOString().slice(0, 10));
    frame.addColumn('day', days).groupby(['day', 'category']).col(['id']).count();
  });
  const [tokens, tokenise] = await timed(() => {
    const titles = rows.map(({ title }) => title);
    return createEncoder(learnVocabulary(titles, 10_000), 20)(titles);
  });
  if (tokens.length !== rows.length * 20) throw new Error('tokens are missing');
  const all = parse + explore + tokenise;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  console.log(
    JSON.stringify({ rows: rows.length, parse, explore, tokenise, all, megabytes, version: process.version }),
  );
}

void main(process.argv[2] as string);
