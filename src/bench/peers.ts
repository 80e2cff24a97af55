// The other tools, installed by the benchmarks themselves in an environment of their own (.bench/).
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(__dirname, '..', '..');
const requirements = join(root, 'src', 'bench', 'requirements.txt');
const environment = join(root, '.bench');

/** A Python that has src/bench/requirements.txt; made on the first call and when that file has changed. */
export async function peersPython(): Promise<string> {
  const python = join(environment, 'bin', 'python');
  const stamp = join(environment, '.requirements');
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return python;
  console.log('Installing the other tools …');
  await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', '--clear', environment]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  await writeFile(stamp, wanted);
  return python;
}
