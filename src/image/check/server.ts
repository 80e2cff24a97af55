// Runs an image's `serve` in a container and checks its responses.
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { withCleanUp } from '../../platform/errors';
import { removeContainer } from '../engine/containers';
import { servingBinds } from './folders';
import type { TestRequest } from './options';
import { type Answer, invoke, ping } from './request';
import { fail, type Subject } from './subject';
import { lastWords, startContainer } from './trial';

export interface Server {
  readonly container: Docker.Container;
  readonly url: string;
  /** Seconds from the container's start to the first 200 on /ping. */
  readonly startUpSeconds: number;
}

export interface ServerOptions {
  /** The remedy if it does not become healthy. */
  remedy: string;
  /** The engine's own settings. */
  host?: Docker.HostConfig;
  user?: string;
  /** Value of SAGEMAKER_BIND_TO_PORT. @default not set, so `serve` uses 8080 */
  port?: number;
  /** The name of a network that publishes no ports. */
  network?: string;
}

const defaultPort = 8080;

/** Serves the artifact and calls `use` after the first 200 on /ping. */
export async function withServer<Result>(
  subject: Subject,
  options: ServerOptions,
  use: (server: Server) => Promise<Result>,
): Promise<Result> {
  const { host, user = '', port, network } = options;
  const inner = portOf(options);
  const way =
    network === undefined
      ? { PortBindings: { [inner]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }
      : { NetworkMode: network };
  const container = await startContainer(subject, 'serve', {
    User: user,
    Env: port === undefined ? [] : [`SAGEMAKER_BIND_TO_PORT=${port}`],
    ExposedPorts: { [inner]: {} },
    HostConfig: { Binds: servingBinds(subject.job.volumes), ...way, ...host },
  });
  const work = async () => {
    const begun = performance.now();
    const url = await untilHealthy(container, options, subject.settings.seconds.startUp);
    return await use({ container, url, startUpSeconds: (performance.now() - begun) / 1000 });
  };
  return await withCleanUp(work, () => removeContainer(container));
}

function portOf({ port = defaultPort }: ServerOptions): string {
  return `${port}/tcp`;
}

/** Waits for a healthy server and returns its URL. */
async function untilHealthy(
  container: Docker.Container,
  options: ServerOptions,
  seconds: number,
): Promise<string> {
  const deadline = performance.now() + seconds * 1000;
  let last = 'no answer';
  while (performance.now() < deadline) {
    const { State, NetworkSettings } = await container.inspect();
    if (!State.Running) {
      fail(`serve ended with exit code ${State.ExitCode}. ${await lastWords(container)}`, options.remedy);
    }
    const url = urlOf(NetworkSettings, options);
    const answer = await ping(url);
    if (answer?.status === 200) return url;
    if (answer) last = `status ${answer.status}`;
    await sleep(50);
  }
  const log = await lastWords(container);
  return fail(`/ping did not respond with 200 within ${seconds} s (last: ${last}). ${log}`, options.remedy);
}

function urlOf(
  { Networks, Ports }: Docker.ContainerInspectInfo['NetworkSettings'],
  options: ServerOptions,
): string {
  const { network, port = defaultPort } = options;
  if (network !== undefined) return `http://${Networks[network]?.IPAddress}:${port}`;
  return `http://127.0.0.1:${Ports[portOf(options)]?.[0]?.HostPort}`;
}

/** Sends a request that must get status 200. */
export async function expectAnswer(server: Server, request: TestRequest, remedy: string): Promise<Answer> {
  const answer = await invoke(server.url, request.contentType, request.body);
  if (answer?.status === 200 && answer.text !== '') return answer;
  return fail(`The good request got ${describeAnswer(answer)}. ${await lastWords(server.container)}`, remedy);
}

export function describeAnswer(answer: Answer | undefined): string {
  return answer ? `status ${answer.status} (${answer.text.slice(0, 120)})` : 'no answer';
}

/** Serves with other settings and expects a response to the good request. */
export async function expectService(subject: Subject, options: ServerOptions): Promise<string> {
  return await withServer(subject, options, async (server) => {
    const { text, seconds } = await expectAnswer(server, subject.settings.request, options.remedy);
    return `200 after ${(seconds * 1000).toFixed(0)} ms: ${text.slice(0, 80)}`;
  });
}
