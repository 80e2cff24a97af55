// A batch transform on SageMaker, as SageMaker knows it: found, and ended together with the model that was made for it.
import {
  DescribeTransformJobCommand,
  type DescribeTransformJobCommandOutput,
  StopTransformJobCommand,
} from '@aws-sdk/client-sagemaker';
import { unlessGone } from '../account/answers';
import type { AwsContext } from '../account/context';
import { hasEnded, type StoppableJob, stopJob, stopJobAndWait } from '../account/stop';
import { deleteParts } from '../endpoint/parts';

/** What the purse knows it by. */
export function purposeOf(name: string): string {
  return `The batch transform ${name}`;
}

/** Undefined where there is none of that name. */
export async function findTransform(
  { clients }: AwsContext,
  name: string,
): Promise<DescribeTransformJobCommandOutput | undefined> {
  return await unlessGone(
    clients.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name })),
  );
}

/** Asks it to end. Does nothing where it has ended. */
export async function stopTransform(context: AwsContext, name: string): Promise<void> {
  const job = stoppable(context, name);
  await stopJob(await job.status(), job);
}

function stoppable(context: AwsContext, name: string): StoppableJob {
  return {
    status: async () => (await findTransform(context, name))?.TransformJobStatus,
    askToStop: () => context.clients.sagemaker.send(new StopTransformJobCommand({ TransformJobName: name })),
  };
}

/** Stops it, returns when it is not billed any more, and deletes its model. */
export async function endTransform(context: AwsContext, name: string): Promise<void> {
  await stopJobAndWait(context, stoppable(context, name));
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
