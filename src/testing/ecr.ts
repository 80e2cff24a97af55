// ECR on this machine: moto for its API, Docker's registry under its host name, and a front before each server, in
// which a test breaks things. Used by tests only; .ci/services installs what it starts.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
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
import { Transform } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { withEngine } from '../image/engine/engine';
import { briefSeconds, fetchWithin } from '../platform/fetchWithin';
import { docker } from './docker';
import { atEnd, eventually, findFreePort, setEnvironment, startProgram, temporaryFolder } from './folders';

const region = 'us-east-1';
const host = `123456789012.dkr.ecr.${region}.amazonaws.com`;
/** The password that moto returns for the registry, and its bcrypt hash. */
export const password = '123456789012-auth-token';
const passwordHash = '$2b$04$Zll.SAac./O.pGwLBkSXCex60KWrpeYlk6PmHmjW.7mdUnv1lnrmK';

const programs = join(__dirname, '..', '..', '.services', 'bin');
const path = [programs, process.env.PATH].join(delimiter);

/** Returns why ECR cannot run here, or false. */
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

interface LocalEcr {
  /** Before moto: this process's AWS_ENDPOINT_URL. */
  readonly api: Front;
  /** Before the registry: where the engine pushes to. */
  readonly registry: Front;
  /** Asks moto itself. */
  readonly client: ECRClient;
  /** A subtest that finds both fronts handing everything on, with nothing asked yet. */
  test(name: string, run: (t: TestContext) => Promise<void>): Promise<void>;
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
  const environment = { PATH: path, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' };
  startProgram(t, ['docker-registry', 'serve', settings], { environment });
  startProgram(t, ['moto_server', '-H', '127.0.0.1', '-p', String(motoPort)], { environment });
  const [moto, store] = [at(motoPort), at(registryPort)];
  for (const port of [motoPort, registryPort]) await eventually(() => answers(port));

  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new ECRClient({ endpoint: `http://127.0.0.1:${motoPort}`, region, credentials });
  setAwsEnvironment(t, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${apiPort}`,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  const api = await startFront(t, { port: apiPort }, moto);
  const registry = await startFront(t, { port: 80 }, store, tellManifests(store, client));
  return {
    api,
    registry,
    client,
    test: (name, run) => {
      for (const front of [api, registry]) {
        front.intercept = () => false;
        front.bytesPerSecond = Number.POSITIVE_INFINITY;
        front.requests.length = 0;
      }
      return t.test(name, run);
    },
  };
}

/** Sets variables of AWS's and removes all others of theirs, until the test has ended. */
export function setAwsEnvironment(t: TestContext, variables: Readonly<Record<string, string>>): void {
  const present = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
  setEnvironment(t, { ...Object.fromEntries(present.map((name) => [name, undefined])), ...variables });
}

function at(port: number): RequestOptions {
  return { host: '127.0.0.1', port };
}

async function answers(port: number): Promise<boolean> {
  return await fetchWithin(briefSeconds, `http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}

/** Puts pushed images into ECR: passes the manifests that the registry receives on to moto. */
function tellManifests(store: RequestOptions, client: ECRClient): Interceptor {
  return (request, response) => {
    const [, repositoryName, imageTag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'PUT' || !repositoryName) return false;
    let imageManifest = '';
    request.setEncoding('utf8').on('data', (text) => {
      imageManifest += text;
    });
    const onAnswer = async (status: number) => {
      if (status !== 201) return;
      const imageDigest = `sha256:${createHash('sha256').update(imageManifest).digest('hex')}`;
      await client.send(new PutImageCommand({ repositoryName, imageTag, imageManifest, imageDigest }));
    };
    handOn(store, request, response, { onAnswer });
    return true;
  };
}

/** Handles a request itself and returns true, or leaves it to the server behind. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface Front {
  /** The test's own; asked before all else. */
  intercept: Interceptor;
  /** The speed at which request bodies are passed on. */
  bytesPerSecond: number;
  /** Method, path and ECR's action of what has come, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Starts a server that passes requests on to another one. */
export async function startFront(
  t: TestContext,
  listen: { port: number } | { path: string },
  behind: RequestOptions,
  own: Interceptor = () => false,
): Promise<Front> {
  const server = createServer((request, response) => {
    const action = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    front.requests.push(`${request.method} ${request.url} ${action}`.trim());
    if (!front.intercept(request, response) && !own(request, response)) {
      handOn(behind, request, response, { bytesPerSecond: front.bytesPerSecond });
    }
  });
  const front: Front = {
    intercept: () => false,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    requests: [],
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  // Another test file may have the port just now.
  const deadline = performance.now() + 300_000;
  for (let isListening = false; !isListening; ) {
    server.listen('port' in listen ? { ...listen, host: '127.0.0.1' } : listen);
    isListening = await once(server, 'listening').then(
      () => true,
      async (error: Error) => {
        if (performance.now() > deadline) throw error;
        await setTimeout(200);
        return false;
      },
    );
  }
  atEnd(t, () => front.close());
  return front;
}

interface HandingOn {
  bytesPerSecond?: number;
  /** Done before the answer goes back. */
  onAnswer?: (status: number) => Promise<void>;
}

function handOn(
  behind: RequestOptions,
  request: IncomingMessage,
  response: ServerResponse,
  { bytesPerSecond = Number.POSITIVE_INFINITY, onAnswer }: HandingOn,
): void {
  const { method, url, headers } = request;
  const onward = httpRequest({ ...behind, method, path: url, headers, agent: false }, async (answer) => {
    const status = answer.statusCode ?? 502;
    await onAnswer?.(status);
    response.writeHead(status, answer.headers);
    answer.pipe(response);
  });
  const body = Number.isFinite(bytesPerSecond) ? request.pipe(slowly(bytesPerSecond)) : request;
  body.pipe(onward);
  onward.once('error', () => response.destroy());
  response.once('close', () => onward.destroy());
}

function slowly(bytesPerSecond: number): Transform {
  return new Transform({
    async transform(bytes: Buffer, _, done) {
      await setTimeout((1000 * bytes.length) / bytesPerSecond);
      done(null, bytes);
    },
  });
}

/** Returns a new repository name that no other test uses. */
export function newRepository(): string {
  return `sagemaker-test-${process.pid}-${Math.floor(performance.now() * 1000)}`;
}

/** Builds an image whose layers hold that many random bytes and returns its name. */
export async function createImage(
  t: TestContext,
  layers = [1000],
  platform = 'linux/amd64',
): Promise<string> {
  const context = await temporaryFolder(t);
  const files = layers.map((_, index) => `file${index}`);
  const lines = ['FROM scratch', ...files.map((file) => `COPY ${file} /`)];
  await writeFile(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
  for (const [index, size] of layers.entries())
    await writeFile(join(context, `file${index}`), randomBytes(size));
  const name = `${newRepository()}:1`;
  await withEngine(async (engine) => {
    const output = await engine.buildImage({ context, src: ['Dockerfile', ...files] }, { t: name, platform });
    await new Promise((done) => engine.modem.followProgress(output, done));
  });
  atEnd(t, () => docker('rmi', '--force', name));
  return name;
}

/** Pulls an image with the registry's password and removes it with the test. */
export async function pullImage(t: TestContext, uri: string): Promise<void> {
  await withEngine(async (engine) => {
    const authconfig = { username: 'AWS', password, serveraddress: host };
    const output = await engine.pull(uri, { authconfig });
    await new Promise<void>((done, failed) =>
      engine.modem.followProgress(output, (error) => (error ? failed(error) : done())),
    );
  });
  atEnd(t, () => docker('rmi', '--force', uri));
}
