// The soak itself: a server under load for long, then under far too much, then as before; what is seen meanwhile.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadDataset } from '../../data/dataset';
import { saveArtifact } from '../../model/artifact';
import { parseHyperparameters } from '../../model/hyperparameters';
import { trainClassifier } from '../../model/train';
import { baseDirectory } from '../../platform/baseDirectory';
import { projectFolder } from '../../platform/paths';
import { loadVectors } from '../../text/vectors';
import { type Load, type LoadBody, putUnderLoad, writeBodies } from '../serving/load';
import { ping, type RunningServer, startServer } from '../serving/serverProcess';

const connections = 64;
/** Of what it can answer. */
export const share = 0.7;
/** Ten times the capacity, were each answer to come at once: so many clients, each asking again after this pause. */
const spikeConnections = 2000;

/** In seconds. */
export interface Durations {
  /** Of finding out how much it can answer. */
  capacity: number;
  steady: number;
  spike: number;
  recovery: number;
}

export interface Soak {
  /** Requests a second. */
  capacity: number;
  steady: Load;
  spike: Load;
  recovery: Load;
  /** Of /ping, in seconds, through all of it. */
  slowestPing: number;
  failedPings: number;
  /** While the load was steady. */
  memory: readonly { seconds: number; megabytes: number }[];
  /** In MB an hour. */
  slope: number;
  megabytesAfterSpike: number;
  /** After SIGTERM. */
  exitCode: number | null;
}

/** Mostly single headlines; now and then a list, in each format. */
function createBodies(titles: readonly string[]): LoadBody[] {
  return titles.map((title, index): LoadBody => {
    const some = titles.slice(index, index + 20);
    switch (index % 60) {
      case 20:
        return { contentType: 'application/json', body: JSON.stringify({ input: some }) };
      case 40:
        return {
          contentType: 'application/jsonlines',
          body: some.map((one) => JSON.stringify(one)).join('\n'),
        };
      case 50:
        return {
          contentType: 'text/csv',
          body: some.map((one) => `"${one.replaceAll('"', '""')}"`).join('\n'),
        };
      default:
        return { contentType: 'application/json', body: JSON.stringify({ input: title }) };
    }
  });
}

/** Looks at a server, twice a second, until it is stopped. */
function watch(server: RunningServer) {
  const begun = performance.now();
  const memory: { seconds: number; megabytes: number }[] = [];
  let slowestPing = 0;
  let failedPings = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const asked = performance.now();
      if ((await ping(server.url)) !== 200) failedPings += 1;
      slowestPing = Math.max(slowestPing, (performance.now() - asked) / 1000);
      memory.push({ seconds: (asked - begun) / 1000, megabytes: server.megabytes() });
      await sleep(500);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    return { memory, slowestPing, failedPings };
  };
}

/** Least squares, in MB an hour, over the last three quarters: at first, heaps grow to their size. */
function slopeOf(memory: readonly { seconds: number; megabytes: number }[]): number {
  const settled = memory.slice(Math.floor(memory.length / 4));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [
    mean(settled.map(({ seconds }) => seconds)),
    mean(settled.map(({ megabytes }) => megabytes)),
  ];
  const products = settled.map(({ seconds, megabytes }) => (seconds - x) * (megabytes - y));
  const squares = settled.map(({ seconds }) => (seconds - x) ** 2);
  return (3600 * mean(products)) / mean(squares);
}

/** @param folder an empty one, for the model and what is sent */
export async function soak(durations: Durations, folder: string): Promise<Soak> {
  const { headlines } = await loadDataset();
  const used = headlines.slice(0, 6000);
  const vectors = await loadVectors();
  const classifier = await trainClassifier({ training: used, validation: [] }, parseHyperparameters({}), {
    vectors,
  });
  await saveArtifact(classifier, baseDirectory(folder).model);
  const bodies = join(folder, 'bodies.txt');
  await writeBodies(bodies, createBodies(used.map(({ title }) => title)));
  const server = await startServer({
    command: () => [process.execPath, join(projectFolder, 'container', 'serve')],
    environment: (port) => ({
      SAGEMAKER_BASE_DIR: folder,
      SAGEMAKER_BIND_TO_PORT: String(port),
      BIND_ADDRESS: '127.0.0.1',
    }),
  });
  try {
    const load = (seconds: number, requestsPerSecond?: number, clients = connections) => {
      const pauseMilliseconds = requestsPerSecond === undefined ? 0 : (1000 * clients) / requestsPerSecond;
      return putUnderLoad(server.url, bodies, { connections: clients, seconds, pauseMilliseconds });
    };
    await load(durations.capacity);
    const capacity = (await load(durations.capacity)).requestsPerSecond;
    console.log(
      `capacity ${capacity.toFixed(0)} requests/s; ${durations.steady} s at ${100 * share}% of it …`,
    );
    const stopWatching = watch(server);
    const steady = await load(durations.steady, share * capacity);
    const steadyMemory = await stopWatching();
    console.log(`${durations.spike} s at ten times of it …`);
    const stopWatchingSpike = watch(server);
    const spike = await load(durations.spike, 10 * capacity, spikeConnections);
    const spikeMemory = await stopWatchingSpike();
    console.log(`${durations.recovery} s at ${100 * share}% again …`);
    const recovery = await load(durations.recovery, share * capacity);
    return {
      capacity,
      steady,
      spike,
      recovery,
      slowestPing: Math.max(steadyMemory.slowestPing, spikeMemory.slowestPing),
      failedPings: steadyMemory.failedPings + spikeMemory.failedPings,
      memory: steadyMemory.memory,
      megabytesAfterSpike: server.megabytes(),
      slope: slopeOf(steadyMemory.memory),
      exitCode: await server.stop(),
    };
  } finally {
    await server.stop();
  }
}
