// A batch transform on SageMaker: watched through its results in S3, stopped, resumed, read, deleted. The handle knows
// nothing but its name, so that attaching from a later kernel is the same as having started it.
import { Readable } from 'node:stream';
import type { DescribeTransformJobCommandOutput } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import { checkName } from '../../contract/names';
import type {
  TrainingJobStatus,
  TransformJob,
  TransformJobDescription,
  TransformListener,
} from '../../contract/session';
import { linesOf } from '../../contract/transform/lines';
import { describeMissing } from '../../contract/transform/parts';
import { describeCost } from '../account/budget';
import type { AwsContext } from '../account/context';
import { readObject } from '../account/objectReader';
import { deleteObjects } from '../account/objects';
import { hasEnded, pause } from '../account/stop';
import { withAttachAdvice } from './attachAdvice';
import { resumedName, resumeTransform } from './transformCreate';
import { describeTransformFailure } from './transformFailure';
import { findResults, folderOf, outputFolderOf, readPlan, type TransformPlan } from './transformPlan';
import { endTransform, findTransform, secondsOf, settleTransform, stopTransform } from './transformState';

/** Throws a {@link UserError} where none of that name was started. */
export async function openTransformJob(context: AwsContext, name: string): Promise<TransformJob> {
  checkName(name);
  const plan = await readPlan(context, name);
  if (!plan || !(await findTransform(context, name))) throw unknown(context, name);
  const job: Job = { name, plan, times: await countResumed(context, name) };
  return {
    name,
    onInterrupt: context.options.onInterrupt ?? 'detach',
    describe: () => describe(context, job),
    wait: (listener) => withAttachAdvice('batch transform', name, () => wait(context, job, listener)),
    stop: () => stopTransform(context, latest(job)),
    async resume() {
      job.times = await resumeTransform(context, name, job.times, plan);
    },
    lines: () => readLines(context, job),
    async delete() {
      await endTransform(context, latest(job));
      await deleteObjects(context, folderOf(name));
    },
  };
}

interface Job {
  name: string;
  plan: TransformPlan;
  /** How often it was resumed. */
  times: number;
}

/** What SageMaker calls the last of its jobs. */
function latest({ name, times }: Job): string {
  return resumedName(name, times);
}

function unknown({ place }: AwsContext, name: string): UserError {
  return new UserError(
    `There is no batch transform "${name}" in ${place.region.value}. Was it deleted? attachTransformJob() takes the name ` +
      'of one that was started.',
  );
}

async function countResumed(context: AwsContext, name: string): Promise<number> {
  let times = 0;
  while (await findTransform(context, resumedName(name, times + 1))) times += 1;
  return times;
}

async function describe(context: AwsContext, job: Job): Promise<TransformJobDescription> {
  const state = await look(context, job);
  return await toDescription(context, job, state);
}

/** Where the job was deleted, S3 holds nothing of it any more: SageMaker keeps its name for ever. */
async function look(context: AwsContext, job: Job): Promise<DescribeTransformJobCommandOutput> {
  const state = await findTransform(context, latest(job));
  if (!state) throw unknown(context, job.name);
  return state;
}

async function toDescription(
  context: AwsContext,
  { name, plan }: Job,
  state: DescribeTransformJobCommandOutput,
): Promise<TransformJobDescription> {
  const status = state.TransformJobStatus as TrainingJobStatus;
  const seconds = secondsOf(state);
  return {
    name,
    status,
    ...(status === 'Failed' && { failureReason: state.FailureReason ?? 'SageMaker says no reason.' }),
    output: `s3://${context.bucket.Bucket}/${outputFolderOf(name)}`,
    parts: plan.parts.length,
    partsDone: (await findResults(context, name, plan)).size,
    headlines: 'unknown',
    seconds,
    billableSeconds: seconds * (state.TransformResources?.InstanceCount ?? 1),
  };
}

async function wait(
  context: AwsContext,
  job: Job,
  { onProgress, onStatus, signal }: TransformListener = {},
): Promise<TransformJobDescription> {
  const start = Date.now();
  let toldStatus = '';
  let toldParts = -1;
  let isStopped = false;
  for (;;) {
    signal?.throwIfAborted();
    const state = await look(context, job);
    const description = await toDescription(context, job, state);
    const { status, parts, partsDone, headlines } = description;
    if (status !== toldStatus) onStatus?.(status);
    toldStatus = status;
    if (partsDone !== toldParts) onProgress?.({ parts, partsDone, headlines });
    toldParts = partsDone;
    if (hasEnded(status)) return await conclude(context, job, description);
    const since = state.TransformStartTime?.getTime() ?? start;
    if (!isStopped && Date.now() - since > job.plan.maxRuntimeMinutes * 60_000) {
      isStopped = true;
      context.tell(`${job.name} has run for ${job.plan.maxRuntimeMinutes} minutes, and is stopped.`);
      await stopTransform(context, latest(job));
    }
    await pause(context.pollSeconds, signal);
  }
}

async function conclude(
  context: AwsContext,
  job: Job,
  description: TransformJobDescription,
): Promise<TransformJobDescription> {
  await settleTransform(context, latest(job));
  await tellBill(context, job, description);
  const { status, parts, partsDone } = description;
  if (status === 'Stopped' || (status === 'Completed' && partsDone === parts)) return description;
  throw new UserError(await describeTransformFailure(context, { ...job, latest: latest(job) }, description));
}

async function tellBill(
  { purse, tell }: AwsContext,
  { name, plan: { instanceType } }: Job,
  { billableSeconds }: TransformJobDescription,
): Promise<void> {
  const price = await purse.pricePerHour(instanceType, 'Transform');
  tell(
    `${name}: ${Math.round(billableSeconds)} s of ${instanceType}, ${describeCost(price, billableSeconds)}.`,
  );
}

async function* readLines(context: AwsContext, { name, plan }: Job): AsyncGenerator<string> {
  const done = await findResults(context, name, plan);
  const missing = plan.parts.filter((part) => !done.has(part));
  if (missing.length > 0) throw new UserError(describeMissing(name, missing));
  for (const part of plan.parts) {
    for await (const line of linesOf(Readable.from(readObject(context, done.get(part) as string)))) {
      // Between requests' answers, SageMaker may leave an empty one.
      if (line !== '') yield line;
    }
  }
}
