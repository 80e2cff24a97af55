// A container's cold start: from `docker run` to the first 200 on /ping, and one answer of what then runs. As a process
// of its own (coldStart.js IMAGE MODEL [SCRIPT]) the contestant of the image benchmark; a script for Node takes the
// place of the image's own server.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../platform/errors';
import { fetchWithin, invocationSeconds } from '../../platform/fetchWithin';

interface ColdStart {
  seconds: number;
  /** Of /invocations. */
  answer: { probabilities?: Record<string, number> };
}

const pollMilliseconds = 2;

export async function startCold(image: string, model: string, script?: string): Promise<ColdStart> {
  const port = await findPort();
  const url = `http://127.0.0.1:${port}`;
  const name = `cold-start-${process.pid}-${port}`;
  const program = script === undefined ? [image, 'serve'] : ['--entrypoint', 'node', image, '-e', script];
  // On a bridge, what asks before the container's network is up waits for a second before its address is sought again.
  const settings = ['--network', 'host', '--env', `SAGEMAKER_BIND_TO_PORT=${port}`];
  const mount = ['--volume', `${model}:/opt/ml/model:ro`];
  const begun = performance.now();
  const client = spawn('docker', ['run', '--rm', '--name', name, ...settings, ...mount, ...program], {
    stdio: 'ignore',
  });
  const ended = once(client, 'exit');
  try {
    while ((await ping(`${url}/ping`)) !== 200) {
      if (client.exitCode !== null) throw new UserError(`${image} ended before it answered.`);
      await sleep(pollMilliseconds);
    }
    const seconds = (performance.now() - begun) / 1000;
    const response = await fetchWithin(invocationSeconds, `${url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: 'stocks rally as rates fall' }),
    });
    return { seconds, answer: (await response.json()) as ColdStart['answer'] };
  } finally {
    execFileSync('docker', ['rm', '--force', name], { stdio: 'ignore' });
    await ended;
  }
}

/** The status, or 0 where nobody answers. */
async function ping(url: string): Promise<number> {
  return await new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', () => resolve(0));
  });
}

async function findPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function main([image = '', model = '', script]: readonly string[]): Promise<void> {
  const { seconds } = await startCold(image, model, script);
  console.log(JSON.stringify({ seconds, version: image }));
}

if (require.main === module) void main(process.argv.slice(2));
