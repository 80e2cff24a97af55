// moto's server, which imitates AWS's control planes: installed into .services/ where it is missing, and started.
import { execFile, spawn } from 'node:child_process';
import { on } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { startProcess } from '../platform/childStart';
import { UserError } from '../platform/errors';
import { withLock } from '../platform/lock';
import { projectFolder } from '../platform/paths';

const version = '5.2.5';
const folder = join(projectFolder, '.services');
const marker = join(folder, 'moto');
const startUpSeconds = 60;
const installSeconds = 300;

/** Whether moto needs no installing. */
export function hasMoto(): boolean {
  return existsSync(marker) && readFileSync(marker, 'utf8').trim() === version;
}

/** Installs moto unless it is there: some 300 MB and a minute, once. Of two processes at once, one does it. */
export async function ensureMoto(): Promise<void> {
  if (hasMoto()) return;
  mkdirSync(folder, { recursive: true });
  await withLock(folder, async () => {
    if (!hasMoto()) await install();
  });
}

async function install(): Promise<void> {
  const run = promisify(execFile);
  const limit = { timeout: 1000 * installSeconds };
  try {
    await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder], limit);
    await run(join(folder, 'bin', 'pip'), ['install', '--quiet', `moto[server]==${version}`], limit);
  } catch (error) {
    throw new UserError(
      `moto ${version}, which stands in for AWS, could not be installed into ${folder}:\n${(error as Error).message}`,
    );
  }
  writeFileSync(marker, `${version}\n`);
}

/** Where botocore, which moto brings, keeps the services' models. */
export function botocoreData(): string {
  const lib = join(folder, 'lib');
  const [python = ''] = readdirSync(lib).filter((name) => name.startsWith('python'));
  return join(lib, python, 'site-packages', 'botocore', 'data');
}

export interface Moto {
  readonly url: string;
  stop(): void;
}

/** Ends the server when its own input ends, which it does with the process that has started it, however that ends. */
const endWithInput = '"$@" >/dev/null & cat >/dev/null; kill -9 $!';

/** Empty, and ended with this process at the latest. */
export async function startMoto(): Promise<Moto> {
  const server = [join(folder, 'bin', 'moto_server'), '-H', '127.0.0.1', '-p', '0'];
  const start = () =>
    spawn('sh', ['-c', endWithInput, 'sh', ...server], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
    });
  const child = await startProcess('moto', start);
  const stop = () => void child.stdin.end();
  const lines = createInterface(child.stderr);
  const signal = AbortSignal.timeout(1000 * startUpSeconds);
  try {
    // The port that it has bound, as its log says. The log is read on, so that it never fills the pipe.
    for await (const [line] of on(lines, 'line', { signal, close: ['close'] })) {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (url) return { url, stop };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  stop();
  throw new UserError(`moto's server did not start; ${server.join(' ')} says why.`);
}
