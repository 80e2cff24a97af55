// Saves the state of a training run after each epoch, so that a job that was stopped can continue from there. A
// checkpoint is one file: its SHA-256, a line of JSON that describes it, and float32 numbers, little-endian.
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTogether } from '../../platform/files';
import { findNonFinite } from '../../platform/finite';
import type { EpochMetrics } from './metrics';

/** The state of a run after an epoch, from which it can continue. The order of later rows follows from seed and epoch. */
export interface TrainingState {
  /** Epochs finished. */
  epoch: number;
  history: EpochMetrics[];
  weights: Float32Array[];
  optimizer: Float32Array[];
  /** The weights to keep if training is stopped, and the epoch they come from. */
  best: { epoch: number; weights: Float32Array[] };
}

export interface Checkpoints {
  /** Loads the latest state of the run with this key, of at most `epochs` epochs. */
  load(key: string, epochs: number): Promise<TrainingState | undefined>;
  /** Saves the state and deletes earlier ones of the same run. */
  save(key: string, state: TrainingState): Promise<void>;
}

interface Header extends Omit<TrainingState, 'weights' | 'optimizer' | 'best'> {
  bestEpoch: number;
  /** The length of each array of weights, optimizer and best weights, in the order of the numbers. */
  lengths: [weights: number[], optimizer: number[], best: number[]];
}

const extension = '.checkpoint';

/**
 * Opens the checkpoints in a folder. Leaves those of other runs untouched, and skips a damaged one for the one before it.
 * Never fails a training run: problems are reported to `notify`.
 */
export function openCheckpoints(folder: string, notify: (sentence: string) => void): Checkpoints {
  const loadNewest = async (key: string, epochs: number): Promise<TrainingState | undefined> => {
    const names = (await readdir(folder)).filter((name) => name.endsWith(extension));
    for (const { name } of ownCheckpoints(names, key).filter(({ epoch }) => epoch <= epochs)) {
      const state = await readFile(join(folder, name)).then(parseCheckpoint, () => undefined);
      if (state) {
        notify(`Training continues after epoch ${state.epoch}, from ${join(folder, name)}.`);
        return state;
      }
      notify(`${join(folder, name)} is damaged and was skipped.`);
    }
    if (names.length > 0) {
      notify(
        `Training starts over: none of the ${names.length} checkpoint(s) in ${folder} is intact and belongs to this data, ` +
          'these hyperparameters and this version.',
      );
    }
    return undefined;
  };

  const save = async (key: string, state: TrainingState): Promise<void> => {
    const name = nameOf(key, state.epoch);
    await writeTogether({ [join(folder, name)]: formatCheckpoint(state) });
    const others = (await readdir(folder)).filter((other) => other.startsWith(`${key}-`) && other !== name);
    for (const other of others) await rm(join(folder, other), { force: true });
  };

  return {
    load: (key, epochs) =>
      loadNewest(key, epochs).catch((error: Error) => {
        notify(`Training starts over: the checkpoints cannot be read (${error.message}).`);
        return undefined;
      }),
    save: (key, state) =>
      save(key, state).catch((error: Error) => {
        notify(
          `The checkpoint of epoch ${state.epoch} could not be saved (${error.message}); training continues.`,
        );
      }),
  };
}

function nameOf(key: string, epoch: number): string {
  return `${key}-epoch-${epoch}${extension}`;
}

/** Newest first. */
function ownCheckpoints(names: readonly string[], key: string): { name: string; epoch: number }[] {
  return names
    .map((name) => ({ name, epoch: Number(name.slice(`${key}-epoch-`.length, -extension.length)) }))
    .filter(({ name, epoch }) => name === nameOf(key, epoch))
    .sort((one, other) => other.epoch - one.epoch);
}

function formatCheckpoint({ epoch, history, weights, optimizer, best }: TrainingState): Buffer {
  const groups = [weights, optimizer, best.weights];
  const lengths = groups.map((arrays) => arrays.map(({ length }) => length)) as Header['lengths'];
  const header: Header = { epoch, history, bestEpoch: best.epoch, lengths };
  const numbers = groups
    .flat()
    .map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...numbers]);
  return Buffer.concat([Buffer.from(`${sha256(content)}\n`), content]);
}

/** Returns the state, or undefined if the bytes are not the ones that were written or a number is not finite. */
function parseCheckpoint(bytes: Buffer): TrainingState | undefined {
  const start = bytes.indexOf('\n') + 1;
  const content = bytes.subarray(start);
  if (start === 0 || bytes.toString('latin1', 0, start - 1) !== sha256(content)) return undefined;
  const end = content.indexOf('\n');
  const { epoch, history, bestEpoch, lengths }: Header = JSON.parse(content.toString('utf8', 0, end));
  const numbers = new Float32Array(new Uint8Array(content.subarray(end + 1)).buffer);
  if (findNonFinite(numbers) >= 0) return undefined;
  let offset = 0;
  const take = (length: number) => {
    offset += length;
    return numbers.slice(offset - length, offset);
  };
  const [weights, optimizer, best] = lengths.map((group) => group.map(take)) as [
    Float32Array[],
    Float32Array[],
    Float32Array[],
  ];
  return { epoch, history, weights, optimizer, best: { epoch: bestEpoch, weights: best } };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
