// Batch transform on SageMaker, its input: each record is read before anything is billed, by the rules of the run on this
// machine. SageMaker would only say that there was an invalid one.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { payloadMegabytes } from '../../../container/serving/limits';
import { UserError } from '../../../platform/errors';
import { countColumns, readBatches } from '../../contract/transform/input';
import { describeObject } from '../account/artifact';
import type { AwsContext } from '../account/context';
import { findSource } from '../account/upload';
import { keyOf, openObject, type TransformPlan } from './transformPlan';

/** Throws a {@link UserError} that names the file and the line of the first record that is not valid. */
export async function checkRecords(
  context: AwsContext,
  {
    input,
    parts,
    type,
    column,
    modelArtifact,
  }: Pick<TransformPlan, 'input' | 'parts' | 'type' | 'column' | 'modelArtifact'>,
): Promise<void> {
  const open = await findParts(context, input);
  const described = await describeObject(context, modelArtifact);
  const textColumn = described?.description.hyperparameters?.text_column;
  const [first = ''] = parts;
  const columns = type === 'text/csv' ? await countColumns(await open(first)) : undefined;
  const rules = { type, column, textColumn, columns, forSageMaker: true };
  for (const part of parts) {
    try {
      for await (const _ of readBatches(await open(part), rules, payloadMegabytes * 1_048_576));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`Nothing was started, since a record is not valid: ${part}, ${error.message}`);
    }
  }
}

type OpenPart = (part: string) => Promise<AsyncIterable<Buffer>>;

/** Reads what this session has uploaded where it still lies, so that S3 does not send it back. */
async function findParts(context: AwsContext, input: string): Promise<OpenPart> {
  const source = await findSource(input);
  if (source === undefined) {
    context.tell('The input is read from S3, to check each record before anything is billed.');
    return async (part) => await openObject(context, keyOf(context, input) + part);
  }
  const isFolder = (await stat(source)).isDirectory();
  return async (part) => createReadStream(isFolder ? join(source, part) : source);
}
