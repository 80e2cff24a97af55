// Checks every record of a batch transform's input before anything is billed, by the same rules as sessions on this
// machine. SageMaker would fail in the middle of the job, without naming the record.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { payloadMegabytes } from '../../../container/serving/http/sizeLimits';
import { whileInterruptible } from '../../../display/interruptible';
import { UserError } from '../../../platform/errors';
import { countColumns, readBatches } from '../../contract/transform/input';
import type { AwsContext } from '../account/context';
import { quote } from '../account/errors';
import { statusCodeOf } from '../account/serviceErrors';
import { describeObject } from '../storage/artifact';
import { readObject } from '../storage/objectReader';
import { findSource } from '../storage/upload';
import { keyOf, type TransformPlan } from './transformPlan';

type Input = Pick<TransformPlan, 'input' | 'parts' | 'type' | 'column' | 'modelArtifact'>;

/**
 * Throws a {@link UserError} that names the file and line of the first invalid record, or the file that cannot be read.
 * Interrupting the kernel ends the check, and nothing is started.
 */
export async function checkRecords(context: AwsContext, input: Input): Promise<void> {
  const stopping = new AbortController();
  await whileInterruptible(
    () => stopping.abort(new UserError('Interrupted: nothing was started.')),
    () => checkParts(context, input, stopping.signal),
  );
}

async function checkParts(
  context: AwsContext,
  { input, parts, type, column, modelArtifact }: Input,
  signal: AbortSignal,
): Promise<void> {
  const open = await findParts(context, input);
  const described = await describeObject(context, modelArtifact);
  const textColumn = described?.description.hyperparameters?.text_column;
  const [first = ''] = parts;
  const columns = type === 'text/csv' ? await countColumns(open(first)) : undefined;
  const rules = { type, column, textColumn, columns, forSageMaker: true };
  const show = context.live();
  for (const [index, part] of parts.entries()) {
    show(`Checking the records: part ${index + 1} of ${parts.length}`);
    try {
      for await (const _ of readBatches(open(part), rules, payloadMegabytes * 1_048_576))
        signal.throwIfAborted();
    } catch (error) {
      if (signal.aborted || !(error instanceof UserError) || error instanceof Unreadable) throw error;
      throw new UserError(`Nothing was started, because a record is invalid: ${part}, ${error.message}`, {
        cause: error,
      });
    }
  }
}

type OpenPart = (part: string) => AsyncIterable<Buffer>;

/** Returns how to read a part: from this machine if this session uploaded it and it is unchanged, else from S3. */
async function findParts(context: AwsContext, input: string): Promise<OpenPart> {
  const source = await findSource(input);
  if (source === undefined) {
    context.tell('The input is read from S3 to check each record before anything is billed.');
    return (part) => readPart(part, readObject(context, keyOf(context, input) + part));
  }
  const isFolder = (await stat(source)).isDirectory();
  return (part) => readPart(part, createReadStream(isFolder ? join(source, part) : source));
}

/** Thrown for a part that cannot be read, as opposed to one with an invalid record. */
class Unreadable extends UserError {}

async function* readPart(part: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    const isKnown = error instanceof UserError || statusCodeOf(error) !== undefined;
    const why = error instanceof UserError ? error.message : quote(error, 'S3');
    throw isKnown
      ? new Unreadable(`Nothing was started, because ${part} cannot be read. ${why}`, { cause: error })
      : error;
  }
}
