// ECR on this machine: moto for its API, Docker's registry under its host name, and a front before each server, in
// which a test breaks things. Used by tests only; .ci/services installs what it starts.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { atEnd, eventually, findFreePort, setEnvironment, startProgram, temporaryFolder } from './testing';
import { docker } from './testingDocker';

const region = 'us-east-1';
const host = `123456789012.dkr.ecr.${region}.amazonaws.com`;
/** What moto gives as the registry's password, and its bcrypt hash. */
export const password = '123456789012-auth-token';
const passwordHash = '$2b$04$Zll.SAac./O.pGwLBkSXCex60KWrpeYlk6PmHmjW.7mdUnv1lnrmK';

const programs = join(__dirname, '..', '.services', 'bin');
const path = [programs, process.env.PATH].join(delimiter);

/** Why there can be no ECR here; false where there can. */
export function whyNoEcr(): string | false {
  const engine = docker('version', '--format', '{{.Server.Version}}');
  if (engine.status !== 0) return `no Docker engine answers: ${engine.output.trim()}`;
  for (const program of ['moto_server', 'docker-registry']) {
    const { error } = spawnSync(program, ['--help'], { env: { ...process.env, PATH: path } });
    if (error) return `there is no ${program}: .ci/services installs it`;
  }
  if (!readFileSync('/etc/hosts', 'utf8').includes(` ${host}`)) {
    return `${host} is not this machine: as root, .ci/services writes it into /etc/hosts`;
  }
  const firstFreePort = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  return process.getuid?.() !== 0 && firstFreePort > 80 && 'only root may listen on port 80';
}

export interface LocalEcr {
  /** Before moto: this process's AWS_ENDPOINT_URL. */
  readonly api: Front;
  /** Before the registry: where the engine pushes to. */
  readonly registry: Front;
  /** Asks moto itself. */
  readonly client: ECRClient;
}

/** Both servers, empty, and this process's environment pointed at them. They end with the test. */
export async function startEcr(t: TestContext): Promise<LocalEcr> {
  const [motoPort, registryPort, apiPort] = [
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
  ];
  const folder = await temporaryFolder(t);
  const passwords = join(folder, 'htpasswd');
  await writeFile(passwords, `AWS:${passwordHash}\n`);
  const settings = join(folder, 'registry.json');
  await writeFile(
    settings,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(folder, 'registry') } },
      http: { addr: `127.0.0.1:${registryPort}` },
      auth: { htpasswd: { realm: 'ECR', path: passwords } },
    }),
  );
  const environment = { PATH: path };
  startProgram(t, ['docker-registry', 'serve', settings], { environment });
  startProgram(t, ['moto_server', '-H', '127.0.0.1', '-p', String(motoPort)], { environment });
  const [moto, store] = [at(motoPort), at(registryPort)];
  for (const port of [motoPort, registryPort]) await eventually(() => answers(port));

  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new ECRClient({ endpoint: `http://127.0.0.1:${motoPort}`, region, credentials });
  setEnvironment(t, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${apiPort}`,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  return {
    api: await startFront(t, { port: apiPort }, moto),
    registry: await startFront(t, { port: 80 }, store, tellManifests(store, client)),
    client,
  };
}

function at(port: number): RequestOptions {
  return { host: '127.0.0.1', port };
}

async function answers(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}

/** What is pushed is in ECR: the manifests that the registry takes are told to moto. */
function tellManifests(store: RequestOptions, client: ECRClient): Interceptor {
  return (request, response) => {
    const [, repositoryName, imageTag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'PUT' || !repositoryName) return false;
    let imageManifest = '';
    request.setEncoding('utf8').on('data', (text) => {
      imageManifest += text;
    });
    handOn(store, request, response, async (status) => {
      if (status !== 201) return;
      const imageDigest = `sha256:${createHash('sha256').update(imageManifest).digest('hex')}`;
      await client.send(new PutImageCommand({ repositoryName, imageTag, imageManifest, imageDigest }));
    });
    return true;
  };
}

/** Handles a request itself and returns true, or leaves it to the server behind. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface Front {
  /** The test's own; asked before all else. */
  intercept: Interceptor;
  /** Method and path of what has come, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** A server that hands on what it is asked to another one. */
export async function startFront(
  t: TestContext,
  listen: { port: number } | { path: string },
  behind: RequestOptions,
  own: Interceptor = () => false,
): Promise<Front> {
  const server = createServer((request, response) => {
    front.requests.push(`${request.method} ${request.url}`);
    if (!front.intercept(request, response) && !own(request, response)) {
      handOn(behind, request, response);
    }
  });
  const front: Front = {
    intercept: () => false,
    requests: [],
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  // Another test file may have the port just now.
  let isListening = false;
  await eventually(async () => {
    await new Promise<void>((done) => {
      server.once('error', () => done());
      server.listen('port' in listen ? { ...listen, host: '127.0.0.1' } : listen, () => {
        isListening = true;
        done();
      });
    });
    return isListening;
  });
  atEnd(t, () => front.close());
  return front;
}

function handOn(
  behind: RequestOptions,
  request: IncomingMessage,
  response: ServerResponse,
  onAnswer: (status: number) => Promise<void> = async () => undefined,
): void {
  const { method, url, headers } = request;
  const onward = httpRequest({ ...behind, method, path: url, headers, agent: false }, async (answer) => {
    const status = answer.statusCode ?? 502;
    await onAnswer(status);
    response.writeHead(status, answer.headers);
    answer.pipe(response);
  });
  request.pipe(onward);
  onward.once('error', () => response.destroy());
  response.once('close', () => onward.destroy());
}
