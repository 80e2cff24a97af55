// Benchmark: whether several training hosts would pay. Measured are the time of a training step and the size of what it
// changes, and how long containers on a private network take to add that up; the rest is calculated. Nothing here trains
// on several hosts.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { loadDataset } from '../data/dataset';
import { sample } from '../data/random';
import { buildImage } from '../image/build/buildImage';
import { withEngine } from '../image/engine/engine';
import { parseHyperparameters } from '../model/hyperparameters';
import { trainClassifier } from '../model/train';
import type { Classifier } from '../model/training/classifier';
import { UserError } from '../platform/errors';
import { loadVectors } from '../text/vectors';
import type { Benchmark } from './measure';

const measuredArchitectures = ['ensemble', 'mlp', 'cnn'] as const;
const hostCounts = [2, 4] as const;
/** Of a network of 10 Gbit/s without any delay, the best that there could be, in megabytes a second. */
const wireSpeed = 1250;
/** What several hosts must save before anybody would start them, in milliseconds. */
const worthSaving = 600_000;

/** One architecture, as far as it matters for several hosts. */
interface Step {
  architecture: string;
  /** Rows of a step. */
  batch: number;
  /** Passes over the rows, unless a job says otherwise. */
  epochs: number;
  /** Of one step on one host. */
  milliseconds: number;
  /** Of all that a step may change, as float32. */
  megabytes: number;
}

export const benchHosts: Benchmark = async ({ short }) => {
  const steps: Step[] = [];
  for (const architecture of measuredArchitectures) {
    console.log(`training: ${architecture}`);
    steps.push(await measureStep(architecture, short ? 2000 : 20_000));
  }
  const sizes = [0.001, ...steps.map(({ megabytes }) => megabytes)];
  const network: Record<number, Record<string, number>> = {};
  const image = process.env.BASE_IMAGE || (await buildImage({ onProgress: () => undefined })).name;
  for (const hosts of hostCounts) {
    console.log(`adding up between ${hosts} containers`);
    network[hosts] = await measureNetwork(image, { hosts, sizes, rounds: short ? 2 : 9 });
  }
  const rows = steps.map((step) => ({
    ...step,
    hosts: hostCounts.map((hosts) => weigh(step, hosts, network)),
  }));
  const results = {
    task: 'Several training hosts',
    latency: hostCounts.map((hosts) => network[hosts]?.['0.001']),
    rows,
  };
  return { results, table: toTable(rows) };
};

/** The difference of a long run and a short one, so that what happens once does not count. */
async function measureStep(
  architecture: (typeof measuredArchitectures)[number],
  count: number,
): Promise<Step> {
  const training = sample((await loadDataset()).headlines, count);
  const vectors = await loadVectors();
  const run = async (epochs: number) => {
    const hyperparameters = parseHyperparameters({ architecture, epochs });
    const begun = performance.now();
    const classifier = await trainClassifier({ training, validation: [] }, hyperparameters, { vectors });
    return { milliseconds: performance.now() - begun, classifier, batch: hyperparameters.batch_size };
  };
  // The first one loads what is loaded once.
  const first = await run(1);
  const [short, long] = [await run(1), await run(4)];
  const steps = 3 * Math.ceil(training.length / first.batch);
  return {
    architecture,
    batch: first.batch,
    epochs: parseHyperparameters({ architecture }).epochs,
    milliseconds: (long.milliseconds - short.milliseconds) / steps,
    megabytes: (4 * countLearnt(architecture, long.classifier)) / 1e6,
  };
}

/** Numbers that a step may change: all but the vectors that stay, and what is counted once. */
function countLearnt(architecture: string, { weights }: Classifier): number {
  const fixed = ['frozen_embedding', 'ngrams/inverse', 'ngrams/scale', 'words/scales'];
  if (architecture === 'mlp') fixed.push('embedding');
  return weights.filter(({ name }) => !fixed.includes(name)).reduce((sum, { data }) => sum + data.length, 0);
}

/** Milliseconds for each size in megabytes, between so many containers on a network of their own. */
async function measureNetwork(
  image: string,
  { hosts, sizes, rounds }: { hosts: number; sizes: readonly number[]; rounds: number },
): Promise<Record<string, number>> {
  const script = await readFile(join(__dirname, 'allReduce.js'), 'utf8');
  return await withEngine(async (docker) => {
    const name = `bench-hosts-${process.pid}-${hosts}`;
    const network = await docker.createNetwork({ Name: name, Internal: true });
    const names = Array.from({ length: hosts }, (_, rank) => `${name}-algo-${rank + 1}`);
    const containers: Docker.Container[] = [];
    try {
      for (const [rank, host] of names.entries()) {
        const container = await docker.createContainer({
          Image: image,
          name: host,
          Entrypoint: ['node', '-e', script],
          Cmd: [],
          Env: [
            `RANK=${rank}`,
            `HOSTS=${names.join(' ')}`,
            `MEGABYTES=${sizes.join(' ')}`,
            `ROUNDS=${rounds}`,
          ],
          HostConfig: { NetworkMode: name },
        });
        containers.push(container);
      }
      await Promise.all(containers.map((container) => container.start()));
      const ends = await Promise.all(containers.map((container) => container.wait()));
      const output = await containers[0]?.logs({ stdout: true, stderr: true });
      const text = output?.toString() ?? '';
      if (ends.some(({ StatusCode }) => StatusCode !== 0)) {
        throw new UserError(`The containers could not add up: ${text.slice(-1000)}`);
      }
      return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
    } finally {
      await Promise.all(containers.map((container) => container.remove({ force: true })));
      await network.remove();
    }
  });
}

/** Every host takes a whole batch, the most that several can gain: so many rows in a step and its adding up. */
function weigh(
  { milliseconds, megabytes, batch, epochs }: Step,
  hosts: number,
  network: Readonly<Record<number, Readonly<Record<string, number>>>>,
) {
  const addingUp = network[hosts]?.[String(megabytes)] ?? Number.NaN;
  // Around a ring, each host sends and gets this much.
  const sent = ((2 * (hosts - 1)) / hosts) * megabytes;
  const speedup = (pause: number) => (hosts * milliseconds) / (milliseconds + pause);
  const atWireSpeed = speedup((1000 * sent) / wireSpeed);
  const perRow = (epochs * milliseconds) / batch;
  return {
    hosts,
    addingUp,
    faster: speedup(addingUp),
    atWireSpeed,
    /** So many rows take so long on one host that the best of networks saves ten minutes; null where none does. */
    rowsWorthIt: atWireSpeed > 1 ? worthSaving / (1 - 1 / atWireSpeed) / perRow : null,
  };
}

type Row = Step & { hosts: ReturnType<typeof weigh>[] };

function toTable(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ architecture, batch, milliseconds, megabytes, hosts: all }) =>
    all.map(({ hosts, addingUp, faster, atWireSpeed, rowsWorthIt }) => {
      const cells = [
        `${architecture}, ${batch} rows`,
        hosts,
        `${milliseconds.toFixed(1)} ms`,
        `${megabytes.toFixed(1)} MB`,
        `${addingUp.toFixed(0)} ms`,
        faster.toFixed(2),
        atWireSpeed.toFixed(2),
        rowsWorthIt === null ? 'never' : rowsWorthIt.toLocaleString('en', { maximumSignificantDigits: 2 }),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  );
  return [
    'Training steps on one host, and what several would make of them: measured, and from the times as fast on calculated.',
    '',
    '| a step of | hosts | takes | may change | adding up | times as fast | at 10 Gbit/s | rows to save ten minutes |',
    `|${'---|'.repeat(8)}`,
    ...lines,
  ].join('\n');
}
