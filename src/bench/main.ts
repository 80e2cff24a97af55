// `npm run bench -- NAME`: benchmarks beside other tools, each in one run on one machine. Results go to
// output/bench/NAME.json and, as a Markdown table, to the terminal. `npm run bench -- NAME short` does the same with
// less data and one round: whether it runs, not how fast.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMain, UserError } from '../platform/errors';
import { outputFolder } from '../platform/paths';
import { type Benchmark, describeMachine } from './common/measure';
import { benchData } from './data/benchmark';
import { benchImage } from './image/benchmark';
import { benchServing } from './serving/benchmark';
import { benchMinilm, benchNetworks, benchTraining } from './training/benchmark';
import { benchTransform } from './transform/benchmark';
import { benchTuning } from './tuning/benchmark';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  data: benchData,
  image: benchImage,
  minilm: benchMinilm,
  networks: benchNetworks,
  serving: benchServing,
  training: benchTraining,
  tuning: benchTuning,
  transform: benchTransform,
};

async function main(): Promise<void> {
  const [name = '', form = 'full'] = process.argv.slice(2);
  const bench = Object.hasOwn(benchmarks, name) && benchmarks[name];
  if (!bench || !['full', 'short'].includes(form)) {
    throw new UserError(
      `npm run bench -- NAME [short], where NAME is one of: ${Object.keys(benchmarks).join(', ')}.`,
    );
  }
  const { results, table } = await bench({ short: form === 'short' });
  const machine = describeMachine();
  const folder = join(outputFolder, 'bench');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${name}${form === 'short' ? '-short' : ''}.json`),
    `${JSON.stringify({ name, machine, ...results }, null, 2)}\n`,
  );
  console.log(`\n${machine}\n\n${table}`);
}

void runMain(main);
