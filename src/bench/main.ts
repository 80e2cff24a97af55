// `npm run bench -- NAME`: benchmarks beside other tools, each in one run on one machine. Results go to
// output/bench/NAME.json and, as a Markdown table, to the terminal.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, UserError } from '../errors';
import { benchData } from './data';
import { benchImage } from './image';
import type { Measurements } from './measure';
import { describeMachine, toMarkdown } from './measure';

const benchmarks: Readonly<Record<string, () => Promise<Measurements>>> = {
  data: benchData,
  image: benchImage,
};

async function main(): Promise<void> {
  const name = process.argv[2] ?? '';
  const bench = Object.hasOwn(benchmarks, name) && benchmarks[name];
  if (!bench) {
    throw new UserError(
      `npm run bench -- NAME, where NAME is one of: ${Object.keys(benchmarks).join(', ')}.`,
    );
  }
  const results = { name, machine: describeMachine(), ...(await bench()) };
  const folder = join(__dirname, '..', '..', 'output', 'bench');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${results.machine}\n\n${toMarkdown(results)}`);
}

main().catch((error) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
