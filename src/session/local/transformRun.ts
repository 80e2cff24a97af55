// Batch transform on this machine, from parts to results: parallel requests, results in order. A part's file is complete or
// absent, and a finished part is not repeated.
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join as joinPath } from 'node:path';
import { UserError } from '../../platform/errors';
import { isPart, partName, writeInto } from '../../platform/files';
import { createLimit, type Limit } from '../../platform/limit';
import type { TransformProgress } from '../contract/session';
import { type Batch, countColumns, type InputRules, readBatches } from '../contract/transform/input';
import { countLines } from '../contract/transform/lines';
import { outputOf } from '../contract/transform/parts';
import { join } from '../contract/transform/records';
import { findRejected, Rejection } from '../contract/transform/rejected';
import type { BatchServer } from './transformServer';

export interface TransformRun extends Pick<InputRules, 'type' | 'column' | 'textColumn'> {
  /** Folders of the parts and of their results. */
  input: string;
  output: string;
  /** Names of the parts, in order. */
  parts: readonly string[];
}

/** Callbacks for progress and log lines. */
interface RunListener {
  onProgress(progress: TransformProgress): void;
  say(line: string): void;
}

/** Parts in work at a time, so that requests do not run out at the end of a part. */
const partsAtOnce = 2;

/**
 * Transforms the unfinished parts. At the end, throws a {@link UserError} if some failed, with the line and the reason for
 * each of them.
 */
export async function runTransform(
  run: TransformRun,
  server: BatchServer,
  { onProgress, say }: RunListener,
): Promise<void> {
  await removeParts(run.output);
  const done = run.parts.filter((part) => existsSync(joinPath(run.output, outputOf(part))));
  const left = run.parts.filter((part) => !done.includes(part));
  const progress = { parts: run.parts.length, partsDone: done.length, headlines: 0 };
  for (const part of done) progress.headlines += await countFile(joinPath(run.output, outputOf(part)));
  if (done.length > 0) say(`Done before: ${done.length} of ${run.parts.length} parts.`);
  onProgress({ ...progress });
  const rules = await readRules(run);
  const requests = createLimit(server.concurrency);
  const failures: string[] = [];
  const onAnswered = (count: number) => {
    progress.headlines += count;
    onProgress({ ...progress });
  };

  async function takeParts(): Promise<void> {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      try {
        const headlines = await transformPart(run, part, { rules, server, requests, onAnswered });
        progress.partsDone += 1;
        onProgress({ ...progress });
        say(`${part}: ${headlines} headlines`);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failures.push(`${part}, ${error.message}`);
        say(`${part}, ${error.message}`);
      }
    }
  }
  await Promise.all(Array.from({ length: partsAtOnce }, takeParts));
  if (failures.length === 0) return;
  throw new UserError(
    `${failures.length} of ${run.parts.length} parts failed. The results of the others are kept.\n${failures.sort().join('\n')}`,
  );
}

/** Reads the columns of the first file, which every file must have. */
async function readRules({ input, parts, type, column, textColumn }: TransformRun): Promise<InputRules> {
  const [first] = parts;
  const hasColumns = type === 'text/csv' && first !== undefined;
  const columns = hasColumns ? await countColumns(readChunks(joinPath(input, first))) : undefined;
  return { type, column, textColumn, columns };
}

function readChunks(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 262_144 });
}

/** Removes incomplete results of a killed run. */
async function removeParts(folder: string): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
  for (const name of names.filter(isPart)) await rm(joinPath(folder, name), { force: true });
}

interface Means {
  rules: InputRules;
  server: BatchServer;
  requests: Limit;
  onAnswered(headlines: number): void;
}

/** @returns the number of headlines in the part */
async function transformPart(run: TransformRun, part: string, means: Means): Promise<number> {
  const path = joinPath(run.output, outputOf(part));
  const unfinished = partName(path);
  const writing = <Value>(write: () => Promise<Value>) => writeInto(run.output, write);
  await writing(() => mkdir(dirname(path), { recursive: true }));
  const file = await writing(() => open(unfinished, 'w'));
  let written = 0;
  let headlines = 0;
  // Responses under way, in order. Each holds its place until it is written.
  const waiting: Promise<string>[] = [];
  const writeFirst = async () => {
    const bytes = Buffer.from(await (waiting[0] as Promise<string>));
    waiting.shift();
    means.requests.leave();
    await writing(() => file.appendFile(bytes));
    written += countLines(bytes);
  };
  try {
    const chunks = readChunks(joinPath(run.input, part));
    for await (const batch of readBatches(chunks, means.rules, means.server.bytes)) {
      while (!means.requests.tryEnter()) {
        if (waiting.length > 0) await writeFirst();
        else await means.requests.untilFree();
      }
      headlines += batch.lines.length;
      const answer = ask(batch, means);
      // Handled when its turn comes.
      answer.catch(() => undefined);
      waiting.push(answer);
    }
    while (waiting.length > 0) await writeFirst();
    if (written !== headlines) {
      throw new UserError(`${written} results were written for ${headlines} headlines.`);
    }
    await writing(() => file.sync());
    await file.close();
    await rename(unfinished, path);
    return headlines;
  } catch (error) {
    await Promise.allSettled(waiting);
    for (const _ of waiting) means.requests.leave();
    await file.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function ask(batch: Batch, { rules: { type }, server, onAnswered }: Means): Promise<string> {
  const send = (records: readonly string[]) => server.ask(records.join('\n'), type);
  try {
    const joined = join(batch.lines, await send(batch.sent), type);
    onAnswered(batch.lines.length);
    return joined;
  } catch (error) {
    if (error instanceof Rejection) throw await findRejected(batch, send, error);
    if (error instanceof UserError) {
      throw new UserError(`lines ${batch.numbers[0]} to ${batch.numbers.at(-1)}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function countFile(path: string): Promise<number> {
  let count = 0;
  for await (const chunk of readChunks(path)) count += countLines(chunk);
  return count;
}
