// Why a batch transform on SageMaker is not done, in more words than SageMaker has: which parts are missing, the line that
// the container refuses, the end of the log, and how to go on.
import type { AwsContext } from './awsContext';
import { followLogs } from './awsLogs';
import { findRemedy } from './awsPains';
import { findResults, keyOf, openObject, type TransformPlan } from './awsTransformPlan';
import { RequestError } from './requestError';
import { readBody } from './servingFormats';
import type { TransformJobDescription } from './session';
import { linesOf } from './transformLines';
import type { RecordType } from './transformParts';
import { toBody } from './transformRecords';
import { findRefused, Refusal } from './transformRefused';

const logGroup = '/aws/sagemaker/TransformJobs';
const shownLines = 10;
/** Parts that are looked into for a line that is refused. */
const searchedParts = 20;
const linesAtOnce = 1000;

/** @param job its name, what SageMaker calls its last try, and what was asked for */
export async function describeTransformFailure(
  context: AwsContext,
  { name, latest, plan }: { name: string; latest: string; plan: TransformPlan },
  { status, failureReason, parts, partsDone }: TransformJobDescription,
): Promise<string> {
  const done = await findResults(context, name, plan);
  const missing = plan.parts.filter((part) => !done.has(part));
  const refused: string[] = [];
  for (const part of missing.slice(0, searchedParts)) {
    const found = await findRefusedLine(context, plan, part);
    if (found) refused.push(`${part}, ${found}`);
  }
  const log = (await followLogs(context.clients, logGroup, `${latest}/`).next())
    .slice(-shownLines)
    .join('\n');
  const remedy = findRemedy(log) ?? findRemedy(failureReason ?? '');
  const toDo =
    refused.length > 0
      ? 'Correct these lines, upload the input again, and start another batch transform.'
      : `resume() on attachTransformJob('${name}') goes on with what is missing, ${missing.length} of ${parts} parts, and with nothing else.`;
  return [
    `Batch transform ${name} ${status === 'Failed' ? 'failed' : 'is not complete'}: ${failureReason ?? status}`,
    `${partsDone} of ${parts} parts are done, and are kept. ${toDo}`,
    ...refused,
    ...(remedy ? [remedy] : []),
    ...(log ? [`Its log ends:\n${log}`] : []),
  ].join('\n');
}

/** The first line of a part that the workshop's server refuses. */
async function findRefusedLine(
  context: AwsContext,
  { input, type, column }: TransformPlan,
  part: string,
): Promise<string | undefined> {
  const stream = await openObject(context, keyOf(context, input) + part);
  let batch = { lines: [] as string[], numbers: [] as number[] };
  let number = 0;
  const search = async () => {
    const refusal = refusalOf(batch.lines, type, column);
    if (!refusal) return undefined;
    const send = async (lines: readonly string[]) => {
      const one = refusalOf(lines, type, column);
      if (one) throw one;
      return '';
    };
    return (await findRefused(batch, send, refusal)).message;
  };
  for await (const line of linesOf(stream)) {
    number += 1;
    if (line.trim() === '') continue;
    batch.lines.push(line);
    batch.numbers.push(number);
    if (batch.lines.length < linesAtOnce) continue;
    const found = await search();
    if (found) return found;
    batch = { lines: [], numbers: [] };
  }
  return batch.lines.length > 0 ? await search() : undefined;
}

/** What the server would say, read by the same code. */
function refusalOf(
  lines: readonly string[],
  type: RecordType,
  column: number | undefined,
): Refusal | undefined {
  try {
    const { rest } = readBody(Buffer.from(toBody(lines, column)), type);
    while (rest && !rest.next().done);
    return undefined;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return new Refusal(error.statusCode, error.message);
  }
}
