// Why a batch transform on SageMaker is not done, in more words than SageMaker has: how many parts are missing, the end of
// the log, and how to go on.

import type { TransformJobDescription } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { findRemedy } from '../account/knownProblems';
import { followLogs } from '../account/logs';
import { findResults, type TransformPlan } from './transformPlan';

const logGroup = '/aws/sagemaker/TransformJobs';
const shownLines = 10;

/** @param job its name, what SageMaker calls its last try, and what was asked for */
export async function describeTransformFailure(
  context: AwsContext,
  { name, latest, plan }: { name: string; latest: string; plan: TransformPlan },
  { status, failureReason, parts, partsDone }: TransformJobDescription,
): Promise<string> {
  const done = await findResults(context, name, plan);
  const missing = plan.parts.filter((part) => !done.has(part));
  const log = (await followLogs(context.clients, logGroup, `${latest}/`).next())
    .slice(-shownLines)
    .join('\n');
  const remedy = findRemedy(log) ?? findRemedy(failureReason ?? '');
  const toDo = `resume() on attachTransformJob('${name}') goes on with what is missing, ${missing.length} of ${parts} parts, and with nothing else.`;
  return [
    `Batch transform ${name} ${status === 'Failed' ? 'failed' : 'is not complete'}: ${failureReason ?? status}`,
    `${partsDone} of ${parts} parts are done, and are kept. ${toDo}`,
    ...(remedy ? [remedy] : []),
    ...(log ? [`Its log ends:\n${log}`] : []),
  ].join('\n');
}
