// Batch transform in a notebook: writes records as parts to upload, and reads results as records with predictions.
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Prediction } from '../model/training/classifier';
import { UserError } from '../platform/errors';
import { replaceFolder, writeInto } from '../platform/files';
import type { TransformJob } from '../session/contract/session';

const partName = /^part-\d{5}\.jsonl$/;

/** One record to predict. */
export interface InputRecord {
  /** The headline. */
  input: string;
  /** Further members, which come back with the prediction. */
  [member: string]: unknown;
}

/** One result of a batch transform. */
export interface ScoredRecord {
  /** The record as written. */
  record: InputRecord;
  prediction: Prediction;
}

/**
 * Writes records as parts of JSON Lines into a folder and replaces the parts of an earlier call.
 * @param folder a new or empty one, or one with parts only
 * @param perPart the largest number of records in a part; machines share the parts, and a failed one is done again;
 * default: 10,000
 * @returns the number of parts
 * @throws `UserError` if `records` is empty, or if the folder contains other files or is not writable
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
  if (records.length === 0) throw new UserError('writeRecords() got no records. Pass at least one.');
  if (!Number.isInteger(perPart) || perPart < 1) {
    throw new UserError(`perPart is ${perPart}; expected a whole number from 1.`);
  }
  const target = resolve(folder);
  const others = existsSync(target) ? (await readdir(target)).filter((name) => !partName.test(name)) : [];
  if (others.length > 0) {
    throw new UserError(`${target} contains ${others[0]}, which is not a part. Use a separate folder.`);
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
 * Reads the results of a batch transform of such parts, in order. All are kept in memory; read millions line by line from
 * `job.lines()` instead.
 * @throws `UserError` if a part is not done, or if the input was CSV
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
