// `npm run soak`: the server for ten minutes at 70% of what it can answer, then at ten times of it, then as before. What
// must hold: no error at 70%, memory that does not grow, /ping within 2 seconds always, the same latency afterwards.
// `npm run soak -- short` takes seconds, and tells whether it runs, not how flat memory is. Results: output/bench/soak.json.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError, UserError } from '../../platform/errors';
import { outputFolder } from '../../platform/paths';
import { describeMachine } from '../common/measure';
import { type Durations, type Soak, share, soak } from './run';

const forms: Readonly<Record<string, Durations>> = {
  long: { capacity: 10, steady: 600, spike: 30, recovery: 60 },
  short: { capacity: 1, steady: 4, spike: 2, recovery: 2 },
};

/** Seconds that SageMaker waits for /ping; MB an hour; how many times slower the median may be afterwards. */
const most = { ping: 2, slope: 30, recovery: 1.5 };

function findFaults(
  { steady, spike, recovery, slowestPing, failedPings, slope, exitCode }: Soak,
  isLong: boolean,
) {
  const errors = steady.refused + steady.broken + recovery.refused + recovery.broken;
  return [
    errors > 0 && `${errors} requests failed at ${100 * share}%`,
    spike.broken > 0 && `${spike.broken} requests got no answer in the spike`,
    failedPings > 0 && `${failedPings} pings failed`,
    slowestPing > most.ping && `a ping took ${slowestPing.toFixed(1)} s`,
    exitCode !== 0 && `it ended with exit code ${exitCode}`,
    isLong && slope > most.slope && `memory grows by ${slope.toFixed(0)} MB an hour`,
    isLong && recovery.p50 > most.recovery * steady.p50 && 'it is slower after the spike than before',
  ].filter((fault) => fault !== false);
}

function describe({
  capacity,
  steady,
  spike,
  recovery,
  slowestPing,
  memory,
  slope,
  megabytesAfterSpike,
}: Soak): string {
  const row = (name: string, { requestsPerSecond, p50, p99, refused, broken }: Soak['steady']) =>
    `| ${[name, requestsPerSecond.toFixed(0), p50.toFixed(2), p99.toFixed(2), refused, broken].join(' | ')} |`;
  const [first, last] = [memory[0]?.megabytes ?? 0, memory.at(-1)?.megabytes ?? 0];
  return [
    describeMachine(),
    '',
    '| | requests a second | p50, ms | p99, ms | 503 | without an answer |',
    '|---|---|---|---|---|---|',
    row(`${100 * share}% of ${capacity.toFixed(0)}`, steady),
    row('ten times of it asked for', spike),
    row(`${100 * share}% again`, recovery),
    '',
    `Memory ${first.toFixed(0)} MB, ${last.toFixed(0)} MB at the end (${slope.toFixed(1)} MB an hour), ` +
      `${megabytesAfterSpike.toFixed(0)} MB after the spike; slowest /ping ${(1000 * slowestPing).toFixed(0)} ms.`,
  ].join('\n');
}

async function main([form = 'long']: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  try {
    const durations = Object.hasOwn(forms, form) && forms[form];
    if (!durations) throw new UserError('npm run soak, or npm run soak -- short.');
    const result = await soak(durations, folder);
    const faults = findFaults(result, form === 'long');
    await mkdir(join(outputFolder, 'bench'), { recursive: true });
    const file = join(outputFolder, 'bench', form === 'long' ? 'soak.json' : 'soak-short.json');
    await writeFile(file, `${JSON.stringify({ machine: describeMachine(), faults, ...result }, null, 2)}\n`);
    console.log(`\n${describe(result)}`);
    if (faults.length > 0) throw new UserError(`What must not be: ${faults.join('; ')}.`);
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2));
