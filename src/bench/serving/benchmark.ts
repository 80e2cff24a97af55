// Benchmark: what a request costs at the server, beside the smallest Node server, Keras behind Flask, scikit-learn behind
// FastAPI, and fastText in process. All must give the predictions that they should before anything is measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../platform/errors';
import { type Benchmark, type Outcome, summarise } from '../common/measure';
import { peerVersions } from '../common/peers';
import { busyNode, createContestants, runFastText, type ServingContestant } from './contestants';
import { headlinesPerBatch, prepareServing, type ServingData } from './data';
import { type Load, putUnderLoad } from './load';
import { startServer } from './serverProcess';
import { measures, names, toGoalTable } from './table';

export const benchServing: Benchmark = async ({ short }) => {
  const [rounds, seconds] = short ? [1, 1] : [5, 6];
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const data = await prepareServing(folder);
    const { ours, bare, ...others } = createContestants(data);
    const outcomes: Record<string, Outcome[]> = {};
    const add = (name: string, outcome: Outcome) => {
      outcomes[name] = [...(outcomes[name] ?? []), outcome];
    };
    for (let round = 1; round <= rounds; round++) {
      console.log(`round ${round} of ${rounds}`);
      const our = await measureOurs(ours, data, seconds);
      add(ours.name, our);
      add(bare.name, await measureBare(bare, data, { seconds, fullSpeed: Number(our[measures.speed]) }));
      for (const other of Object.values(others)) {
        add(
          other.name,
          await withServer(other, data, Math.max(seconds, leastSecondsOfSlow), async ({ full }) => full),
        );
      }
      add(names.fastText, { [measures.json]: await runFastText(data, seconds) });
    }
    const figures = Object.fromEntries(
      Object.entries(outcomes).map(([name, results]) => [name, summarise(results)] as const),
    );
    const task = `Requests of one headline, and of ${headlinesPerBatch}; one process each, the load generator wrk beside it`;
    const results = { task, rounds, figures, versions: await peerVersions('serving') };
    return { results, table: toGoalTable(results) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const warmUpSeconds = 2;
/** A few answers must come of the slowest. */
const leastSecondsOfSlow = 5;
/** Few, since a batch keeps the server busy for long. */
const batchConnections = 4;

async function measureOurs(
  contestant: ServingContestant,
  data: ServingData,
  seconds: number,
): Promise<Outcome> {
  const { json, jsonLines } = data.paths;
  return await withServer(contestant, data, seconds, async ({ full, load }) => {
    const inBatches = async (bodies: string) =>
      headlinesPerBatch * (await load(bodies, { connections: batchConnections })).requestsPerSecond;
    return {
      ...full,
      ...(await measureHalf(load, data, Number(full[measures.speed]))),
      [measures.json]: await inBatches(json),
      [measures.jsonLines]: await inBatches(jsonLines),
    };
  });
}

async function measureBare(
  contestant: ServingContestant,
  data: ServingData,
  { seconds, fullSpeed }: { seconds: number; fullSpeed: number },
): Promise<Outcome> {
  return await withServer(contestant, data, seconds, async ({ full, load }) => ({
    ...full,
    ...(await measureHalf(load, data, fullSpeed)),
  }));
}

type PutUnderLoad = (
  bodies: string,
  options: { connections: number; pauseMilliseconds?: number },
) => Promise<Load>;

/** Half as many requests as this workshop answers when it is busy. */
async function measureHalf(load: PutUnderLoad, { paths }: ServingData, fullSpeed: number): Promise<Outcome> {
  const pauseMilliseconds = (1000 * busyNode) / (fullSpeed / 2);
  const { p50, p99 } = await load(paths.single, { connections: busyNode, pauseMilliseconds });
  return { [measures.halfP50]: p50, [measures.halfP99]: p99 };
}

/** Starts a contestant, checks it, and measures what all are measured by, and then what `more` does. */
async function withServer(
  contestant: ServingContestant,
  { paths }: ServingData,
  seconds: number,
  more: (measured: { full: Outcome; load: PutUnderLoad }) => Promise<Outcome>,
): Promise<Outcome> {
  console.log(`  ${contestant.name}`);
  const server = await startServer(contestant);
  const { connections } = contestant;
  const load: PutUnderLoad = async (bodies, options) => {
    const measured = await putUnderLoad(server.url, bodies, { seconds, ...options });
    const { refused, broken } = measured;
    if (refused + broken > 0) throw new UserError(`${refused} requests were refused, ${broken} broken.`);
    return measured;
  };
  try {
    await contestant.check(server);
    await putUnderLoad(server.url, paths.single, { connections, seconds: warmUpSeconds });
    const { requestsPerSecond, p50, p99 } = await load(paths.single, { connections });
    const full = { [measures.speed]: requestsPerSecond, [measures.p50]: p50, [measures.p99]: p99 };
    const all = await more({ full, load });
    return { ...all, [measures.start]: server.startSeconds, [measures.memory]: server.megabytes() };
  } finally {
    await server.stop();
  }
}
