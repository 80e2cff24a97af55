// Batch transform in a notebook: records → parts to upload, and results → predictions beside what they belong to.
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Prediction } from '../model/training/classifier';
import { UserError } from '../platform/errors';
import { replaceFolder, writeInto } from '../platform/files';
import type { TransformJob } from '../session/contract/session';

const partName = /^part-\d{5}\.jsonl$/;

/** What a record that is to be predicted holds. */
export interface InputRecord {
  /** The headline. */
  input: string;
  /** Whatever else it is to come back with. */
  [member: string]: unknown;
}

/** One result of a batch transform. */
export interface ScoredRecord {
  /** As it was written. */
  record: InputRecord;
  prediction: Prediction;
}

/**
 * Writes records as parts of JSON Lines into a folder, in place of those that an earlier call has left there.
 * @param folder a new one, or one that holds nothing else
 * @param perPart how many records a part has at most: parts are what machines share and what is done again after a
 * failure; default: 10,000
 * @returns how many parts there are
 * @throws `UserError` where there is no record, or the folder holds other files or cannot be written to
 * @example
 * ```ts
 * const records = split.validation.map(({ title, story }) => ({ input: title, story: story }));
 * const parts = await workshop.writeRecords('../output/to-score', records, Math.ceil(records.length / 2));
 * console.log(parts); // 2
 * ```
 */
export async function writeRecords(
  folder: string,
  records: readonly InputRecord[],
  perPart = 10_000,
): Promise<number> {
  if (records.length === 0) throw new UserError('There are no records to write.');
  if (!Number.isInteger(perPart) || perPart < 1) {
    throw new UserError(`A part cannot have ${perPart} records: name a whole number from 1.`);
  }
  const target = resolve(folder);
  const others = existsSync(target) ? (await readdir(target)).filter((name) => !partName.test(name)) : [];
  if (others.length > 0) {
    throw new UserError(`${target} holds ${others[0]}, which is no part. Name a folder of its own.`);
  }
  const parts = Math.ceil(records.length / perPart);
  const writeParts = async (folder: string) => {
    for (let part = 0; part < parts; part++) {
      const lines = records
        .slice(part * perPart, (part + 1) * perPart)
        .map((one) => `${JSON.stringify(one)}\n`);
      await writeFile(join(folder, `part-${String(part).padStart(5, '0')}.jsonl`), lines.join(''));
    }
  };
  await writeInto(dirname(target), () => replaceFolder(target, writeParts));
  return parts;
}

/**
 * The results of a batch transform of such parts, in their order. They are all held in memory: millions are better read
 * line by line, from `job.lines()`.
 * @throws `UserError` where a part is not done, or the input was CSV
 * @example
 * ```ts
 * const scoredRecords = await workshop.readScored(transform);
 * console.log(scoredRecords.length === records.length); // true
 * ```
 */
export async function readScored(job: TransformJob): Promise<ScoredRecord[]> {
  const scored: ScoredRecord[] = [];
  for await (const line of job.lines()) {
    if (!line.startsWith('{')) {
      throw new UserError(`The results of ${job.name} are rows of CSV: read them with lines().`);
    }
    const { SageMakerOutput, ...record } = JSON.parse(line) as InputRecord & { SageMakerOutput: Prediction };
    scored.push({ record, prediction: SageMakerOutput });
  }
  return scored;
}
