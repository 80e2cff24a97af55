// A training job on SageMaker: started once, watched through CloudWatch Logs, stopped, deleted. The handle knows nothing
// but its name, so that attaching from a later kernel is the same as having started it.
import { DeleteLogStreamCommand, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteObjectsCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import {
  DeleteTrainingJobCommand,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { parseEpoch, parseNote } from '../../../model/training/metrics';
import { UserError } from '../../../platform/errors';
import { attachVerbs, type JobKind } from '../../contract/jobs';
import { type Lineage, lineageOf } from '../../contract/lineage';
import type {
  TrainingJob,
  TrainingJobDescription,
  TrainingJobStatus,
  TrainingListener,
} from '../../contract/session';
import { isGone, unlessGone } from '../account/answers';
import { describeObject } from '../account/artifact';
import { describeCost } from '../account/budget';
import { type AwsContext, prefix } from '../account/context';
import { wordsOf } from '../account/errors';
import { findRemedy } from '../account/knownProblems';
import { namesStarted } from '../account/lists';
import { followLogs } from '../account/logs';
import { pause } from '../account/pause';
import { hasEnded, type StoppableJob, stopJob, stopJobAndWait } from '../account/stop';
import { sizesBelow } from '../account/upload';

const logGroup = '/aws/sagemaker/TrainingJobs';
/** The last lines come after the status: so many looks without a new one end the waiting. */
const quietLooks = 3;
const shownLines = 10;

/** Throws a {@link UserError} where there is no job of that name. */
export async function openTrainingJob(context: AwsContext, name: string): Promise<TrainingJob> {
  await look(context, name);
  return {
    name,
    onInterrupt: context.options.onInterrupt ?? 'detach',
    async describe() {
      const answer = await look(context, name);
      return await describe(context, answer, await logOf(context, name).next());
    },
    wait: (listener) => sayThatItGoesOn('training job', name, () => wait(context, name, listener)),
    stop: () => stop(context, name),
    delete: () => forget(context, name),
  };
}

/** What the purse knows the job by. */
export function purposeOf(name: string): string {
  return `The training job ${name}`;
}

/** Where the job's artifact and output go. */
export function outputFolder(): string {
  return `${prefix}/jobs`;
}

/** Undefined where there is no job of that name. */
export async function findTrainingJob(
  { clients }: AwsContext,
  name: string,
): Promise<DescribeTrainingJobCommandOutput | undefined> {
  return await unlessGone(clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name })));
}

/** Those of the ledger that SageMaker knows, the latest first. */
export async function listKnownJobs(context: AwsContext): Promise<string[]> {
  const known: string[] = [];
  for (const name of namesStarted(context, 'training job')) {
    if (await findTrainingJob(context, name)) known.push(name);
  }
  return known;
}

async function look(context: AwsContext, name: string): Promise<DescribeTrainingJobCommandOutput> {
  const found = await findTrainingJob(context, name);
  if (found) return found;
  throw new UserError(
    `There is no training job "${name}" in ${context.place.region.value}. Was it deleted? ` +
      'attachTrainingJob() takes the name of one that was started.',
  );
}

function logOf({ clients }: AwsContext, name: string) {
  return followLogs(clients, logGroup, `${name}/`);
}

async function describe(
  context: AwsContext,
  answer: DescribeTrainingJobCommandOutput,
  lines: readonly string[],
): Promise<TrainingJobDescription> {
  const { TrainingJobName: name = '', FailureReason, BillableTimeInSeconds } = answer;
  const { CreationTime, TrainingStartTime = CreationTime, TrainingEndTime = new Date() } = answer;
  const status = answer.TrainingJobStatus as TrainingJobStatus;
  const artifact = await artifactOf(context, answer);
  return {
    name,
    status,
    ...(FailureReason && status === 'Failed' && { failureReason: FailureReason }),
    ...(artifact !== undefined && { modelArtifact: artifact }),
    seconds: (TrainingEndTime.getTime() - (TrainingStartTime ?? TrainingEndTime).getTime()) / 1000,
    billableSeconds: BillableTimeInSeconds ?? 0,
    metrics: lines.flatMap((line) => parseEpoch(line) ?? []),
    notes: lines.flatMap((line) => parseNote(line) ?? []),
  };
}

/** Where a job's artifact lies, where it has ended and there is one. */
export async function artifactOf(
  context: AwsContext,
  { TrainingJobStatus: status, ModelArtifacts }: DescribeTrainingJobCommandOutput,
): Promise<string | undefined> {
  const artifact = ModelArtifacts?.S3ModelArtifacts;
  const isThere =
    artifact !== undefined &&
    (status === 'Completed' || (status === 'Stopped' && (await exists(context, artifact))));
  return isThere ? artifact : undefined;
}

/** Whether there is an object at s3://… of the account's own. */
async function exists({ clients, place }: AwsContext, uri: string): Promise<boolean> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (!Bucket || !Key) return false;
  try {
    await clients.s3.send(new HeadObjectCommand({ Bucket, Key, ExpectedBucketOwner: place.account }));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 403) throw error;
    throw new UserError(
      `${uri} may not be read: the bucket is another account’s, or s3:GetObject is missing. ${wordsOf(error, 'S3')}`,
    );
  }
}

/** Throws a {@link UserError} where there is no model artifact at s3://…, or it may not be read. */
export async function expectArtifact(context: AwsContext, uri: string): Promise<void> {
  if (!uri.startsWith('s3://')) {
    throw new UserError(
      `${uri} is not in S3. A session on AWS takes the artifact that a finished job names: s3://BUCKET/…/model.tar.gz. To ` +
        "serve a folder of this machine, use openSession({ kind: 'process' }), or pack and copy it: " +
        'tar -czf model.tar.gz -C FOLDER . && aws s3 cp model.tar.gz s3://BUCKET/…',
    );
  }
  if (await exists(context, uri)) return;
  throw new UserError(`There is no model artifact at ${uri}. Deploy the one that a finished job names.`);
}

/** Whether SageMaker's status is a last one, of a training or a tuning job. */
async function wait(
  context: AwsContext,
  name: string,
  { onLog, onEpoch, onStatus, signal }: TrainingListener = {},
): Promise<TrainingJobDescription> {
  const log = logOf(context, name);
  const lines: string[] = [];
  const told: string[] = [];
  let quiet = 0;
  for (;;) {
    signal?.throwIfAborted();
    // The status first: what is logged before the end is read after it.
    const answer = await look(context, name);
    for (const [index, status] of describeStatuses(answer).entries()) {
      if (status !== told[index]) onStatus?.(status);
      told[index] = status;
    }
    const news = await log.next();
    for (const line of news) {
      lines.push(line);
      onLog?.(line);
      const epoch = parseEpoch(line);
      if (epoch) onEpoch?.(epoch);
    }
    quiet = news.length > 0 ? 0 : quiet + 1;
    if (hasEnded(answer.TrainingJobStatus) && quiet >= quietLooks) {
      return await conclude(context, answer, lines);
    }
    await pause(context.pollSeconds, signal);
  }
}

/** Whoever cannot look any more, with expired credentials or without a network, is told that the job does not mind. */
export async function sayThatItGoesOn<Value>(
  kind: JobKind,
  name: string,
  look: () => Promise<Value>,
): Promise<Value> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.includes(name)) throw error;
    throw new UserError(
      `${error.message} The ${kind} ${name} goes on: see it again with session.${attachVerbs[kind]}('${name}').`,
    );
  }
}

/** Every status so far, for example "Downloading: Downloading input data": some last shorter than a look at them. */
function describeStatuses({
  TrainingJobStatus,
  SecondaryStatus,
  SecondaryStatusTransitions: transitions = [],
}: DescribeTrainingJobCommandOutput): string[] {
  const statuses = transitions.map(({ Status, StatusMessage }) =>
    StatusMessage ? `${Status}: ${StatusMessage}` : `${Status}`,
  );
  return statuses.length > 0 ? statuses : [`${SecondaryStatus ?? TrainingJobStatus}`];
}

async function conclude(
  context: AwsContext,
  answer: DescribeTrainingJobCommandOutput,
  lines: readonly string[],
): Promise<TrainingJobDescription> {
  const description = await describe(context, answer, lines);
  context.recordEnd('training job', description.name, await findMade(context, description));
  context.purse.settle(purposeOf(description.name), description.billableSeconds);
  await tellBill(context, answer);
  if (description.status !== 'Failed') return description;
  const end = lines.slice(-shownLines).join('\n');
  const remedy = findRemedy(`${description.failureReason}\n${end}`);
  throw new UserError(
    `Training job ${description.name} failed: ${description.failureReason}\n${remedy ? `${remedy}\n` : ''}` +
      `Its log ends:\n${end}`,
  );
}

/** For the ledger, which then knows it also when the artifact is gone. */
export async function findMade(
  context: AwsContext,
  { name, modelArtifact }: Pick<TrainingJobDescription, 'name' | 'modelArtifact'>,
): Promise<Lineage | undefined> {
  const described = modelArtifact && (await describeObject(context, modelArtifact));
  return described ? lineageOf(name, modelArtifact, described) : undefined;
}

async function tellBill(
  { purse, tell }: AwsContext,
  {
    TrainingJobName,
    BillableTimeInSeconds,
    TrainingTimeInSeconds,
    ResourceConfig,
  }: DescribeTrainingJobCommandOutput,
): Promise<void> {
  const instanceType = ResourceConfig?.InstanceType;
  if (BillableTimeInSeconds === undefined || !instanceType) return;
  const price = await purse.pricePerHour(instanceType, 'Training');
  const cost = describeCost(price, BillableTimeInSeconds);
  const saved = TrainingTimeInSeconds ? 1 - BillableTimeInSeconds / TrainingTimeInSeconds : 0;
  const spot = saved > 0.005 ? `; the spot machine saved ${Math.round(100 * saved)}%` : '';
  tell(`${TrainingJobName}: ${BillableTimeInSeconds} s of ${instanceType} billed, ${cost}${spot}.`);
}

async function stop(context: AwsContext, name: string): Promise<void> {
  await stopJob((await look(context, name)).TrainingJobStatus, stoppable(context, name));
}

function stoppable(context: AwsContext, name: string): StoppableJob {
  return {
    status: async () => (await findTrainingJob(context, name))?.TrainingJobStatus,
    askToStop: () => context.clients.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name })),
  };
}

/** Stops the job and returns when it is not billed any more. */
export async function stopAndWait(context: AwsContext, name: string): Promise<void> {
  await stopJobAndWait(context, stoppable(context, name));
  context.recordEnd('training job', name);
}

async function forget(context: AwsContext, name: string): Promise<void> {
  const { clients } = context;
  if (await findTrainingJob(context, name)) {
    await stopAndWait(context, name);
    await clients.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: name }));
  }
  await deleteObjects(context, `${outputFolder()}/${name}/`);
  const { logStreams = [] } = await clients.logs
    .send(new DescribeLogStreamsCommand({ logGroupName: logGroup, logStreamNamePrefix: `${name}/` }))
    .catch((error: unknown) => {
      if (isGone(error)) return { logStreams: [] };
      throw error;
    });
  for (const { logStreamName } of logStreams) {
    await clients.logs.send(new DeleteLogStreamCommand({ logGroupName: logGroup, logStreamName }));
  }
}

/** Every object whose key begins so. */
export async function deleteObjects(context: AwsContext, folder: string): Promise<void> {
  const keys = [...(await sizesBelow(context, folder)).keys()];
  for (let first = 0; first < keys.length; first += 1000) {
    const Objects = keys.slice(first, first + 1000).map((Key) => ({ Key }));
    await context.clients.s3.send(new DeleteObjectsCommand({ ...context.bucket, Delete: { Objects } }));
  }
}
