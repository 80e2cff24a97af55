// Creates a batch transform's model and job on SageMaker, and another job for the parts that are not done.
import { CreateTransformJobCommand, type Tag } from '@aws-sdk/client-sagemaker';
import { uniqueName } from '../../contract/names';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { takenName } from '../account/errors';
import { outputKey, volumeKey } from '../account/keys';
import { patience, rideOut } from '../account/poll';
import { isTaken } from '../account/serviceErrors';
import { hasEnded } from '../account/stop';
import { startKey, wasStartedNow } from '../account/tags';
import { createModel, deleteParts } from '../endpoint/parts';
import { findResults, folderOf, outputFolderOf, type TransformPlan, writeObject } from './transformPlan';
import { findTransform, settleTransform } from './transformState';

/** SageMaker's limits for one request. */
const limits = { invocationSeconds: 3600, retries: 3 };

/** Returns the name on SageMaker of the job that resumes a batch transform for the n-th time. */
export function resumedName(name: string, times: number): string {
  return times === 0 ? name : `${name}-r${times}`;
}

/**
 * Starts a job for the parts that are not done. Does nothing if all are done or the last job still runs.
 * @param times number of times it was resumed before
 * @returns the new number
 */
export async function resumeTransform(
  context: AwsContext,
  name: string,
  times: number,
  plan: TransformPlan,
): Promise<number> {
  const last = resumedName(name, times);
  const status = (await findTransform(context, last))?.TransformJobStatus;
  if (status !== undefined && !hasEnded(status)) return times;
  await settleTransform(context, last);
  const { missing } = await findResults(context, name, plan);
  if (missing.length === 0) return times;
  const instanceCount = Math.min(plan.instanceCount, missing.length);
  await createTransform(context, resumedName(name, times + 1), { ...plan, instanceCount }, async () => ({
    S3DataType: 'ManifestFile',
    S3Uri: await writeManifest(context, name, { times: times + 1, input: plan.input, parts: missing }),
    output: outputUri(context, name),
  }));
  return times + 1;
}

/** Writes a manifest of the parts to transform, for when they are not all the objects below the input. */
export async function writeManifest(
  context: AwsContext,
  name: string,
  { times, input, parts }: { times: number; input: string; parts: readonly string[] },
): Promise<string> {
  return await writeObject(context, `${folderOf(context, name)}manifest-${times}.json`, [
    { prefix: input },
    ...parts,
  ]);
}

/** Locations of the parts and of their results. */
interface Places {
  S3DataType: 'S3Prefix' | 'ManifestFile';
  S3Uri: string;
  output: string;
}

/** Returns the location of the results as SageMaker expects it, without a slash at the end. */
export function outputUri(context: AwsContext, name: string): string {
  return `s3://${context.bucket.Bucket}/${outputFolderOf(context, name).replace(/\/$/, '')}`;
}

/** Reserves the cost, records and creates model and job. Deletes what was created if a step fails. */
export async function createTransform(
  context: AwsContext,
  name: string,
  plan: TransformPlan,
  prepare: () => Promise<Places>,
): Promise<void> {
  const { budget, tell } = context;
  const { instanceType, instanceCount: count, maxRuntimeMinutes: minutes } = plan;
  const purpose = purposeOf('batch transform', name);
  await budget.reserve({ purpose, instanceType, component: 'Transform', minutes, count });
  tell(
    `SageMaker has no time limit for ${name}: wait() stops it after ${minutes} minutes. If no cell waits, it runs to its ` +
      'end; cleanUp() stops it.',
  );
  const start = uniqueName('start');
  const Tags = [...context.tags, { Key: startKey, Value: start }];
  try {
    const places = await prepare();
    context.recordCreation('model', name);
    const isOurModel = async () => await wasStartedNow(context, { kind: 'model', name, start });
    const createOurModel = () =>
      createModel(context, { name, ...plan }, Tags).catch(async (error: unknown) => {
        // The response to an earlier attempt may have been lost.
        if (!isTaken(error) || !(await isOurModel())) throw error;
      });
    await rideOut(context, createOurModel, { seconds: patience.start });
    context.recordCreation('transform job', name);
    const command = describeJob(context, name, plan, places, Tags);
    await rideOut(context, () => context.clients.sagemaker.send(command), { seconds: patience.start });
  } catch (error) {
    // The response may have been lost. If SageMaker cannot be asked, both stay in the ledger.
    const ours = (kind: 'transform job' | 'model') =>
      wasStartedNow(context, { kind, name, start }).catch(() => undefined);
    const isStarted = await ours('transform job');
    if (isStarted) return;
    if (isStarted === undefined) throw error;
    context.recordEnd('transform job', name);
    budget.settle(purpose, 0);
    if (await ours('model')) await deleteParts(context, name, ['model']);
    else context.recordEnd('model', name);
    throw isTaken(error) ? takenName(name, 'attachTransformJob', error) : error;
  }
}

/** Returns the request without payload and concurrency: SageMaker asks the container, at /execution-parameters. */
function describeJob(
  { options }: AwsContext,
  name: string,
  { type, column, instanceType, instanceCount }: TransformPlan,
  { S3DataType, S3Uri, output }: Places,
  Tags: Tag[],
): CreateTransformJobCommand {
  const resultKey = outputKey(options);
  const volumes = volumeKey(options, instanceType);
  return new CreateTransformJobCommand({
    TransformJobName: name,
    ModelName: name,
    BatchStrategy: 'MultiRecord',
    ModelClientConfig: {
      InvocationsTimeoutInSeconds: limits.invocationSeconds,
      InvocationsMaxRetries: limits.retries,
    },
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType, S3Uri } },
      ContentType: type,
      SplitType: 'Line',
    },
    TransformOutput: {
      S3OutputPath: output,
      Accept: type,
      AssembleWith: 'Line',
      ...(resultKey && { KmsKeyId: resultKey }),
    },
    TransformResources: {
      InstanceType: instanceType as never,
      InstanceCount: instanceCount,
      ...(volumes && { VolumeKmsKeyId: volumes }),
    },
    DataProcessing: {
      JoinSource: 'Input',
      ...(column !== undefined && { InputFilter: `$[${column}]` }),
    },
    Tags,
  });
}
