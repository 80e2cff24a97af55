// The one connection to the Docker Engine: its API through dockerode, for everything but building, which is BuildKit's
// own client's (dockerCommand.ts). What users meet — no engine, no permission, a full disk, the wrong machine — becomes
// a sentence.
import { spawnSync } from 'node:child_process';
import Docker from 'dockerode';
import { UserError } from '../../platform/errors';
import { fullDisk } from '../../platform/files';

/**
 * Where the engine listens: DOCKER_HOST, else what `docker context inspect` says of the context in use, else the usual
 * socket. Of a context only the address is taken: one that is reached by TLS needs DOCKER_HOST and DOCKER_CERT_PATH.
 */
export function engineAddress(): string {
  return process.env.DOCKER_HOST || contextAddress() || 'unix:///var/run/docker.sock';
}

function contextAddress(): string {
  const format = ['--format', '{{.Endpoints.docker.Host}}'];
  const { stdout } = spawnSync('docker', ['context', 'inspect', ...format], { encoding: 'utf8' });
  return stdout?.trim() ?? '';
}

/**
 * Does something with the engine, once it is known to answer. Throws a {@link UserError} for the causes that
 * {@link explainEngineError} knows.
 */
export async function withEngine<Result>(use: (docker: Docker) => Promise<Result>): Promise<Result> {
  const address = engineAddress();
  try {
    const docker = connect(address);
    await docker.ping();
    return await use(docker);
  } catch (error) {
    throw explainEngineError(error, address);
  }
}

/** docker-modem reads any other address, and what belongs to it, from the environment itself. */
function connect(address: string): Docker {
  const socket = 'unix://';
  if (address.startsWith(socket)) return new Docker({ socketPath: address.slice(socket.length) });
  if (address === process.env.DOCKER_HOST) return new Docker();
  throw new UserError(
    `The Docker context in use is reached at ${address}. Set DOCKER_HOST to that address and try again.`,
  );
}

const noEngine = [
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
];
const noPermission = ['EACCES', 'EPERM'];

/** The sentence for an error of the engine's, or of a command that uses it; any other error as it is. */
export function explainEngineError(error: unknown, address = engineAddress()): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (noEngine.includes(code)) {
    return new UserError(
      `The Docker engine is not running: nothing answers at ${address} (${code}). Start Docker Desktop, or on Linux ` +
        '`sudo systemctl start docker`; where it listens elsewhere, set DOCKER_HOST. Then run this again.',
    );
  }
  if (noPermission.includes(code)) {
    return new UserError(
      `This user may not use the Docker engine at ${address} (${code}). Run \`sudo usermod -aG docker $USER\`, log ` +
        'out and in again, and restart Jupyter.',
    );
  }
  return explainEngineText(error.message) ?? (fullDisk.includes(code) ? diskIsFull() : error);
}

/** The sentence for what the engine, or a build, says of the machine that it runs on. */
export function explainEngineText(text: string): UserError | undefined {
  if (/no space left on device|disk quota exceeded/i.test(text)) return diskIsFull();
  if (/exec format error/i.test(text)) {
    return new UserError(
      'This machine cannot run programs for x86-64 (exec format error): its processor is another one, such as arm64. ' +
        'SageMaker needs an image for linux/amd64: build and run it on an x86-64 machine, for example a SageMaker ' +
        'notebook instance, or switch on x86-64 emulation in Docker.',
    );
  }
  if (/port is already allocated|address already in use/i.test(text)) {
    return new UserError(
      'The port is in use. End what listens there (`docker ps` shows containers), or choose another one, such as ' +
        'PORT=8081 for serve_local.sh and predict.sh.',
    );
  }
  return undefined;
}

function diskIsFull(): UserError {
  return new UserError(
    'The Docker engine’s disk is full. `docker system df` shows what takes the room, `docker system prune` frees what ' +
      'is no longer used; then run this again.',
  );
}
