// The handle of a batch transform on SageMaker: follows it through its results in S3, stops, resumes, reads and deletes
// it. Attaching from a later kernel gives the same handle.
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
import type { AwsContext } from '../account/context';
import { explainFailure } from '../account/knownProblems';
import { followLogs } from '../account/logs';
import { hasEnded } from '../account/stop';
import { readObject } from '../storage/objectReader';
import { deleteObjects } from '../storage/objects';
import { followJob, tellBill, unknownJob } from './follow';
import { resumedName, resumeTransform } from './transformCreate';

import { findResults, folderOf, outputFolderOf, readPlan, type TransformPlan } from './transformPlan';
import { endTransform, findTransform, secondsOf, settleTransform, stopTransform } from './transformState';

const logGroup = '/aws/sagemaker/TransformJobs';

/** Opens an existing batch transform. Throws a {@link UserError} if it does not exist. */
export async function openTransformJob(context: AwsContext, name: string): Promise<TransformJob> {
  checkName(name);
  const plan = await readPlan(context, name);
  if (!plan || !(await findTransform(context, name))) throw unknownJob(context, 'batch transform', name);
  const job: Job = { name, plan, times: await countResumed(context, name) };
  return {
    name,
    onInterrupt: context.options.onInterrupt ?? 'detach',
    describe: async () => await describe(context, job, await look(context, job)),
    wait: (listener) => wait(context, job, listener),
    stop: () => stopTransform(context, latest(job)),
    async resume() {
      job.times = await resumeTransform(context, name, job.times, plan);
    },
    lines: () => readLines(context, job),
    async delete() {
      await endTransform(context, latest(job));
      await deleteObjects(context, folderOf(context, name));
    },
  };
}

interface Job {
  name: string;
  plan: TransformPlan;
  /** Number of times it was resumed. */
  times: number;
}

/** Returns the name on SageMaker of its latest job. */
function latest({ name, times }: Job): string {
  return resumedName(name, times);
}

async function countResumed(context: AwsContext, name: string): Promise<number> {
  let times = 0;
  while (await findTransform(context, resumedName(name, times + 1))) times += 1;
  return times;
}

async function look(context: AwsContext, job: Job): Promise<DescribeTransformJobCommandOutput> {
  const state = await findTransform(context, latest(job));
  if (!state) throw unknownJob(context, 'batch transform', job.name);
  return state;
}

async function describe(
  context: AwsContext,
  { name, plan }: Job,
  state: DescribeTransformJobCommandOutput,
): Promise<TransformJobDescription> {
  const status = state.TransformJobStatus as TrainingJobStatus;
  const seconds = secondsOf(state);
  return {
    name,
    status,
    ...(status === 'Failed' && { failureReason: state.FailureReason ?? 'SageMaker gives no reason.' }),
    output: `s3://${context.bucket.Bucket}/${outputFolderOf(context, name)}`,
    parts: plan.parts.length,
    partsDone: (await findResults(context, name, plan)).done.size,
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
  let isTold = false;
  return await followJob(context, { kind: 'batch transform', name: job.name, signal }, async () => {
    const state = await look(context, job);
    const description = await describe(context, job, state);
    const { status, parts, partsDone, headlines } = description;
    if (status !== toldStatus) onStatus?.(status);
    toldStatus = status;
    if (partsDone !== toldParts) onProgress?.({ parts, partsDone, headlines });
    toldParts = partsDone;
    if (hasEnded(status)) return await conclude(context, job, description);
    const since = state.TransformStartTime?.getTime() ?? start;
    if (!isStopped && Date.now() - since > job.plan.maxRuntimeMinutes * 60_000) {
      if (!isTold) {
        context.tell(`${job.name} has run for ${job.plan.maxRuntimeMinutes} minutes and is being stopped.`);
      }
      isTold = true;
      // If this fails, the next look asks again.
      await stopTransform(context, latest(job));
      isStopped = true;
    }
    return undefined;
  });
}

async function conclude(
  context: AwsContext,
  job: Job,
  description: TransformJobDescription,
): Promise<TransformJobDescription> {
  await settleTransform(context, latest(job));
  const { name, status, parts, partsDone, billableSeconds: seconds } = description;
  const { instanceType } = job.plan;
  await tellBill(context, { name, seconds, instanceType, component: 'Transform' });
  if (status === 'Stopped' || (status === 'Completed' && partsDone === parts)) return description;
  throw new UserError(await describeFailure(context, job, description));
}

/** Describes a failure in more detail than SageMaker: the missing parts, how to resume, and the end of the log. */
async function describeFailure(
  context: AwsContext,
  job: Job,
  { name, status, failureReason, parts, partsDone }: TransformJobDescription,
): Promise<string> {
  const { missing } = await findResults(context, name, job.plan);
  const log = await followLogs(context, logGroup, `${latest(job)}/`).next();
  return (
    `Batch transform ${name} ${status === 'Failed' ? 'failed' : 'is not complete'}. ${partsDone} of ${parts} parts are ` +
    `done and kept. To transform only the missing ${missing.length} of ${parts} parts, call resume() on ` +
    `session.attachTransformJob('${name}').\n${explainFailure(failureReason ?? status, log)}`
  );
}

async function* readLines(context: AwsContext, { name, plan }: Job): AsyncGenerator<string> {
  const { done, missing } = await findResults(context, name, plan);
  if (missing.length > 0) throw new UserError(describeMissing(name, missing));
  for (const part of plan.parts) {
    for await (const line of linesOf(Readable.from(readObject(context, done.get(part) as string)))) {
      // SageMaker may leave an empty line between two responses.
      if (line !== '') yield line;
    }
  }
}
