// The workshop's side of the data benchmark, in a process of its own; data.py is the other side.
import { DataFrame } from 'danfojs-node';
import { countBy } from '../explore';
import { readNews } from '../headlines';
import { createEncoder, learnVocabulary } from '../tokenizer';

const timed = async <Result>(work: () => Result | Promise<Result>): Promise<[Result, number]> => {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
};

async function main(path: string): Promise<void> {
  const [rows, parse] = await timed(async () => (await readNews(path)).rows);
  const [counts, explore] = await timed(() => [
    countBy(rows, ({ category }) => category),
    countBy(rows, ({ publisher }) => publisher),
    countBy(rows, ({ story }) => story),
    countBy(rows, ({ timestamp, category }) => `${Math.floor(timestamp / 86_400_000)} ${category}`),
    new DataFrame(rows).shape,
  ]);
  const [tokens, tokenise] = await timed(() => {
    const titles = rows.map(({ title }) => title);
    return createEncoder(learnVocabulary(titles, 10_000), 20)(titles);
  });
  if (tokens.length !== rows.length * 20 || counts.some(({ length }) => length === 0)) {
    throw new Error('tokens or counts are missing');
  }
  const all = parse + explore + tokenise;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  console.log(
    JSON.stringify({ rows: rows.length, parse, explore, tokenise, all, megabytes, version: process.version }),
  );
}

void main(process.argv[2] as string);
