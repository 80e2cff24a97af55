// The other tools, installed by the benchmarks themselves, for each in an environment of its own (.bench/NAME).
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../platform/errors';
import { projectFolder } from '../../platform/paths';

const run = promisify(execFile);

type PeerGroup = 'data' | 'serving';
type Subject = PeerGroup | 'image' | 'training' | 'transform';

/** Returns the path of a file of the other tools that a benchmark compares with, such as a Python program. */
export function peerFile(subject: Subject, name: string): string {
  return join(projectFolder, 'src', 'bench', subject, 'peers', name);
}

function requirementsOf(name: PeerGroup): string {
  return peerFile(name, 'requirements.txt');
}

/** The packages and their versions. */
export async function peerVersions(name: PeerGroup): Promise<Record<string, string>> {
  const lines = (await readFile(requirementsOf(name), 'utf8')).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('==') as [string, string]));
}

/** A Python that has src/bench/NAME/peers/requirements.txt; made on the first call and when that file has changed. */
export async function peersPython(name: PeerGroup): Promise<string> {
  const requirements = requirementsOf(name);
  const environment = join(projectFolder, '.bench', name);
  const python = join(environment, 'bin', 'python');
  const stamp = join(environment, '.requirements');
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return python;
  console.log('Installing the other tools …');
  try {
    await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', '--clear', environment]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  } catch (error) {
    const words =
      (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? (error as Error).message;
    throw new UserError(
      `The other tools cannot be installed (${words}). They need a network and Python 3.9 to 3.11; PYTHON=… names one.`,
    );
  }
  await writeFile(stamp, wanted);
  return python;
}
