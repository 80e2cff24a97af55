// moto's server, which imitates AWS's control planes: installed into .services/ where it is missing, and started.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { UserError } from './errors';
import { findFreePort } from './localEndpoint';
import { withLock } from './lock';
import { projectFolder } from './output';

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
const endWithInput = '"$@" >/dev/null 2>&1 & cat >/dev/null; kill -9 $!';

/** Empty, and ended with this process at the latest. */
export async function startMoto(): Promise<Moto> {
  const port = await findFreePort();
  const server = [join(folder, 'bin', 'moto_server'), '-H', '127.0.0.1', '-p', String(port)];
  const child = spawn('sh', ['-c', endWithInput, 'sh', ...server], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
  });
  const stop = () => void child.stdin.end();
  const url = `http://127.0.0.1:${port}`;
  for (let waited = 0; waited < startUpSeconds; waited += 0.1) {
    const answer = await fetch(`${url}/moto-api/`).catch(() => undefined);
    if (answer?.ok) return { url, stop };
    await sleep(100);
  }
  stop();
  throw new UserError(`moto's server did not start; ${server.join(' ')} says why.`);
}
