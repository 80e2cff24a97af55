// What container/local_test/train_local.sh runs first: lays out its folder like /opt/ml, with the headlines that the
// workshop would take, unless data and hyperparameters are there already; forgets what an earlier job has left.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { baseDirectory } from './baseDirectory';
import { loadDataset } from './dataset';
import { describeError } from './errors';
import { writeHeadlines } from './headlines';
import { writeInto } from './writing';

async function layOut(folder: string): Promise<void> {
  const { hyperparameters, channel, model, output } = baseDirectory(folder);
  const training = channel('training');
  for (const left of [model, output]) await rm(left, { recursive: true, force: true });
  for (const needed of [dirname(hyperparameters), training, model, output]) {
    await mkdir(needed, { recursive: true });
  }
  if (!existsSync(hyperparameters)) await writeFile(hyperparameters, '{}\n');
  if ((await readdir(training)).length > 0) return;
  const { headlines, description } = await loadDataset();
  console.log(description);
  await writeHeadlines(join(training, 'newsCorpora.csv'), headlines);
}

const folder = process.argv[2] as string;
writeInto(dirname(folder), () => layOut(folder)).catch((error) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
