// The workshop's side of the data benchmark, in a process of its own; data.py is the other side.
import { DataFrame } from 'danfojs-node';
import { countBy } from '../../data/explore';
import { type Headline, readNews } from '../../data/headlines';
import { createEncoder, learnVocabulary } from '../../text/vocabulary';

const timed = async <Result>(work: () => Result | Promise<Result>): Promise<[Result, number]> => {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
};

async function main(path: string): Promise<void> {
  const [rows, parse] = await timed(async () => (await readNews(path)).rows);
  const [counts, explore] = await timed(() => {
    const categories = countBy(rows, ({ category }) => category);
    const names = categories.map(([name]) => name);
    const dayAndCategory = ({ timestamp, category }: Headline) =>
      Math.floor(timestamp / 86_400_000) * names.length + names.indexOf(category);
    return [
      categories,
      countBy(rows, ({ publisher }) => publisher),
      countBy(rows, ({ story }) => story),
      countBy(rows, dayAndCategory),
    ];
  });
  const [{ shape }, frame] = await timed(() => new DataFrame(rows));
  const [tokens, tokenise] = await timed(() => {
    const titles = rows.map(({ title }) => title);
    return createEncoder(learnVocabulary(titles, 10_000), 20)(titles);
  });
  if (
    tokens.length !== rows.length * 20 ||
    counts.some(({ length }) => length === 0) ||
    shape[0] !== rows.length
  ) {
    throw new Error('tokens, counts or rows are missing');
  }
  const all = parse + explore + frame + tokenise;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  console.log(
    JSON.stringify({
      rows: rows.length,
      parse,
      explore,
      "danfo's frame": frame,
      tokenise,
      all,
      megabytes,
      version: process.version,
    }),
  );
}

void main(process.argv[2] as string);
