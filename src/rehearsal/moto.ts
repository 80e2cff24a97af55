// Installs moto into .services/ and starts its server, which stands in for S3, IAM, STS, CloudWatch Logs and ECR.
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
/** moto needs it, and a test checks docs/aws/template.yaml with it. */
const lintVersion = '1.58.0';
const folder = join(projectFolder, '.services');
const marker = join(folder, 'moto');
const startUpSeconds = 60;
const installSeconds = 300;

/** Whether this version of moto is installed. */
export function hasMoto(): boolean {
  return existsSync(marker) && readFileSync(marker, 'utf8').trim() === version;
}

/** Installs moto if it is missing: about 300 MB and a minute, once. Safe to call from several processes at a time. */
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
    const packages = [`moto[server]==${version}`, `cfn-lint==${lintVersion}`];
    await run(join(folder, 'bin', 'pip'), ['install', '--quiet', ...packages], limit);
  } catch (error) {
    throw new UserError(
      `moto ${version}, which stands in for AWS, could not be installed into ${folder}:\n${(error as Error).message}`,
      { cause: error },
    );
  }
  writeFileSync(marker, `${version}\n`);
}

/** Returns the path of a program that is installed with moto, such as `python`. */
export function serviceProgram(name: string): string {
  return join(folder, 'bin', name);
}

/** Returns the folder of the service models in botocore, which is installed with moto. */
export function botocoreData(): string {
  const lib = join(folder, 'lib');
  const [python = ''] = readdirSync(lib).filter((name) => name.startsWith('python'));
  return join(lib, python, 'site-packages', 'botocore', 'data');
}

export interface Moto {
  readonly url: string;
  stop(): void;
}

/** Ends the server when its standard input closes: that happens however the parent process ends. */
const endWithInput = '"$@" >/dev/null & cat >/dev/null; kill -9 $!';

/** Starts an empty server. It ends with this process at the latest. */
export async function startMoto(): Promise<Moto> {
  const server = [serviceProgram('moto_server'), '-H', '127.0.0.1', '-p', '0'];
  const start = () =>
    spawn('sh', ['-c', endWithInput, 'sh', ...server], { stdio: ['pipe', 'ignore', 'pipe'] });
  const child = await startProcess('moto', start);
  const stop = () => void child.stdin.end();
  const lines = createInterface(child.stderr);
  const signal = AbortSignal.timeout(1000 * startUpSeconds);
  try {
    // The log contains the bound port. Keep reading it afterwards: a full pipe would block the server.
    for await (const [line] of on(lines, 'line', { signal, close: ['close'] })) {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (url) return { url, stop };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  stop();
  throw new UserError(
    `moto's server did not start within ${startUpSeconds} s. To see why, run:\n${server.join(' ')}`,
  );
}
