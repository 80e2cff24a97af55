// Finds a batch transform on SageMaker, and ends it together with its model.
import {
  DescribeTransformJobCommand,
  type DescribeTransformJobCommandOutput,
  StopTransformJobCommand,
} from '@aws-sdk/client-sagemaker';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { unlessGone } from '../account/serviceErrors';
import { hasEnded, type StoppableJob, stopJob, stopJobAndWait } from '../account/stop';
import { deleteParts } from '../endpoint/parts';

/** Resolves to undefined if the batch transform does not exist. */
export async function findTransform({ clients }: Pick<AwsContext, 'clients'>, name: string) {
  return await unlessGone(
    clients.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name })),
  );
}

/** Asks a batch transform to stop. Does nothing if it has ended. */
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

/** Stops a batch transform and deletes its model. Resolves when nothing is billed. */
export async function endTransform(context: AwsContext, name: string): Promise<void> {
  await stopJobAndWait(context, stoppable(context, name));
  await settleTransform(context, name);
}

/** Deletes the model of an ended batch transform, and records its end and its cost. */
export async function settleTransform(context: AwsContext, name: string): Promise<void> {
  await deleteParts(context, name, ['model']);
  context.recordEnd('transform job', name);
  context.budget.settle(purposeOf('batch transform', name), secondsOf(await findTransform(context, name)));
}

/** Returns the seconds from the start to the end, or to now. */
export function secondsOf(state: DescribeTransformJobCommandOutput | undefined): number {
  const { TransformStartTime: start, TransformEndTime: end } = state ?? {};
  if (!start) return 0;
  const last = hasEnded(state?.TransformJobStatus) ? (end ?? start) : new Date();
  return Math.max(0, (last.getTime() - start.getTime()) / 1000);
}
