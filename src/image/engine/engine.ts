// The one connection to the Docker Engine: its API through dockerode, for everything but building, which is BuildKit's
// own client's (command.ts). Common causes (no engine, no permission, a full disk, another processor) become a
// {@link UserError}.
import { spawnSync } from 'node:child_process';
import Docker from 'dockerode';
import { UserError } from '../../platform/errors';
import { fullDisk } from '../../platform/files';

/**
 * Returns the engine's address: DOCKER_HOST, or else that of the current Docker context, or else the usual socket. Only the
 * address of a context is used: one with TLS needs DOCKER_HOST and DOCKER_CERT_PATH.
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
 * Calls `use` with the engine after a successful ping. Throws a {@link UserError} for the causes that
 * {@link explainEngineError} knows.
 */
export async function withEngine<Result>(use: (docker: Docker) => Promise<Result>): Promise<Result> {
  const address = engineAddress();
  if (isStudioSpace(address)) throw new UserError(noEngineInStudio);
  try {
    const docker = connect(address);
    await docker.ping();
    return await use(docker);
  } catch (error) {
    throw explainEngineError(error, address);
  }
}

/**
 * Returns whether the engine would be that of a SageMaker Studio space, which has no BuildKit and publishes no ports. Studio
 * sets SAGEMAKER_APP_TYPE, and its engine, if any, is behind a socket.
 */
function isStudioSpace(address: string): boolean {
  return Boolean(process.env.SAGEMAKER_APP_TYPE) && address.startsWith('unix:');
}

const noEngineInStudio =
  'A SageMaker Studio space cannot build or run this image: have CodeBuild build it with docs/aws/template.yaml ' +
  '(docs/studio.md, Image), and name it in the first cell, openSession({ image: "URI" }).';

/** Returns the engine's version and platform, for a preflight check named `Docker engine`. */
export async function findEngine(): Promise<{ finding: string }> {
  const { Version, Os, Arch } = await withEngine((docker) => docker.version());
  return { finding: `${Version} on ${Os}/${Arch}` };
}

/** Connects to a socket, or lets docker-modem read DOCKER_HOST and its settings from the environment. */
function connect(address: string): Docker {
  const socket = 'unix://';
  if (address.startsWith(socket)) return new Docker({ socketPath: address.slice(socket.length) });
  if (address === process.env.DOCKER_HOST) return new Docker();
  throw new UserError(
    `The current Docker context has the address ${address}. Set DOCKER_HOST to it and try again.`,
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

/** Returns a {@link UserError} for a known error of the engine or of a command that uses it; other errors unchanged. */
export function explainEngineError(error: unknown, address = engineAddress()): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  if (error instanceof AggregateError) {
    const explained = error.errors.map((one) => explainEngineError(one, address));
    return explained.find((one) => one instanceof UserError) ?? error;
  }
  const { code = '' } = error as NodeJS.ErrnoException;
  if (noEngine.includes(code)) {
    return new UserError(
      `The Docker engine is not running: no response from ${address} (${code}). Start Docker Desktop, or on Linux ` +
        '`sudo systemctl start docker`; if it has another address, set DOCKER_HOST. Then run this again.',
      { cause: error },
    );
  }
  if (noPermission.includes(code)) {
    return new UserError(
      `This user may not use the Docker engine at ${address} (${code}). Run \`sudo usermod -aG docker $USER\`, log ` +
        'out and in again, and restart Jupyter.',
      { cause: error },
    );
  }
  return explainEngineText(error.message, error) ?? (fullDisk.includes(code) ? diskIsFull(error) : error);
}

/** Returns a {@link UserError} for a known message of the engine or of a build about its machine. */
export function explainEngineText(text: string, cause?: Error): UserError | undefined {
  if (/no space left on device|disk quota exceeded/i.test(text)) return diskIsFull(cause);
  if (/exec format error/i.test(text)) {
    return new UserError(
      'This machine cannot run programs for the image’s processor (exec format error). SageMaker needs an image for ' +
        'linux/amd64: build and run it on an x86-64 machine, for example a SageMaker notebook instance. One for ' +
        'linux/arm64 needs an arm64 machine. Or switch on emulation in Docker (docs/container.md).',
      { cause },
    );
  }
  if (/port is already allocated|address already in use/i.test(text)) {
    return new UserError(
      'The port is in use. End the program that uses it (`docker ps` shows containers), or choose another port, such as ' +
        'PORT=8081 for serve_local.sh and predict.sh.',
      { cause },
    );
  }
  return undefined;
}

function diskIsFull(cause?: Error): UserError {
  return new UserError(
    'The Docker engine’s disk is full. `docker system df` shows what uses the space, `docker system prune` frees unused ' +
      'space; then run this again.',
    { cause },
  );
}
