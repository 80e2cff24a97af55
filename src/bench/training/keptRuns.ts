// What a benchmark of hours has measured so far, in a file, so that one that was cut off goes on where it was.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { writeWhole } from '../../platform/files';
import type { TrainingRun } from './figures';

/** One contestant, seed and fold. */
export interface RunKey {
  readonly name: string;
  readonly seed: number;
  readonly fold: number;
}

export interface KeptRuns {
  find(key: RunKey): TrainingRun | undefined;
  add(key: RunKey, run: TrainingRun): Promise<void>;
  /** Deletes the file, once the results are written. */
  end(): Promise<void>;
}

/**
 * Opens the file of the runs on these rows.
 *
 * It does not know whether the code has changed since: delete the file to measure anew.
 */
export async function openRuns(path: string, rows: string): Promise<KeptRuns> {
  const digest = createHash('sha256').update(rows).digest('hex');
  const toId = (key: RunKey) => JSON.stringify([digest, key.name, key.seed, key.fold]);
  const runs: Record<string, TrainingRun> = existsSync(path) ? JSON.parse(await readFile(path, 'utf8')) : {};
  return {
    find: (key) => runs[toId(key)],
    async add(key, run) {
      runs[toId(key)] = run;
      await writeWhole(path, JSON.stringify(runs));
    },
    end: () => rm(path, { force: true }),
  };
}
