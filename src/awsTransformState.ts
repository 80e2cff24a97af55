// A batch transform on SageMaker, as SageMaker knows it: found, and ended together with the model that was made for it.
import {
  DescribeTransformJobCommand,
  type DescribeTransformJobCommandOutput,
  StopTransformJobCommand,
} from '@aws-sdk/client-sagemaker';
import { isGone } from './awsAnswers';
import type { AwsContext } from './awsContext';
import { deleteParts } from './awsEndpointParts';
import { pause } from './awsPause';

/** What the purse knows it by. */
export function purposeOf(name: string): string {
  return `The batch transform ${name}`;
}

/** Undefined where there is none of that name. */
export async function findTransform(
  { clients }: AwsContext,
  name: string,
): Promise<DescribeTransformJobCommandOutput | undefined> {
  try {
    return await clients.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name }));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether it is billed no more. */
export function hasEnded(status: string | undefined): boolean {
  return status === undefined || status === 'Completed' || status === 'Failed' || status === 'Stopped';
}

/** Asks it to end. Does nothing where it has ended. */
export async function stopTransform(context: AwsContext, name: string): Promise<void> {
  if ((await findTransform(context, name))?.TransformJobStatus !== 'InProgress') return;
  try {
    await context.clients.sagemaker.send(new StopTransformJobCommand({ TransformJobName: name }));
  } catch (error) {
    // It has ended, or was stopped, in this moment.
    if ((await findTransform(context, name))?.TransformJobStatus === 'InProgress') throw error;
  }
}

/** Stops it, returns when it is not billed any more, and deletes its model. */
export async function endTransform(context: AwsContext, name: string): Promise<void> {
  for (;;) {
    const status = (await findTransform(context, name))?.TransformJobStatus;
    if (hasEnded(status)) break;
    await stopTransform(context, name);
    await pause(context.pollSeconds);
  }
  await settleTransform(context, name);
}

/** What remains to be done when it has ended: its model is deleted, the ledger and the purse are told. */
export async function settleTransform(context: AwsContext, name: string): Promise<void> {
  await deleteParts(context, name, ['model']);
  context.recordEnd('transform job', name);
  context.purse.settle(purposeOf(name), secondsOf(await findTransform(context, name)));
}

/** From its start to its end, or to now; of one of its machines. */
export function secondsOf(state: DescribeTransformJobCommandOutput | undefined): number {
  const { TransformStartTime: start, TransformEndTime: end } = state ?? {};
  if (!start) return 0;
  const last = hasEnded(state?.TransformJobStatus) ? (end ?? start) : new Date();
  return Math.max(0, (last.getTime() - start.getTime()) / 1000);
}
