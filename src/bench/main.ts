// `npm run bench -- NAME`: benchmarks beside other tools, each in one run on one machine. Results go to
// output/bench/NAME.json and, as a Markdown table, to the terminal. `npm run bench -- NAME short` does the same with
// less data and one round: whether it runs, not how fast.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, UserError } from '../errors';
import { outputFolder } from '../output';
import { benchArchitectures } from './architectures';
import { benchData } from './data';
import { benchImage } from './image';
import { type Benchmark, describeMachine, toMarkdown } from './measure';
import { benchServing } from './serving';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  architectures: benchArchitectures,
  data: benchData,
  image: benchImage,
  serving: benchServing,
};

async function main(): Promise<void> {
  const [name = '', form = 'full'] = process.argv.slice(2);
  const bench = Object.hasOwn(benchmarks, name) && benchmarks[name];
  if (!bench || !['full', 'short'].includes(form)) {
    throw new UserError(
      `npm run bench -- NAME [short], where NAME is one of: ${Object.keys(benchmarks).join(', ')}.`,
    );
  }
  const { table, ...measured } = await bench({ short: form === 'short' });
  const results = { name, machine: describeMachine(), ...measured };
  const folder = join(outputFolder, 'bench');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${name}${form === 'short' ? '-short' : ''}.json`),
    `${JSON.stringify(results, null, 2)}\n`,
  );
  console.log(`\n${results.machine}\n\n${table ?? toMarkdown(results)}`);
}

main().catch((error) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
