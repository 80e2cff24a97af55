// A batch transform's model and job on SageMaker: priced, recorded, created; and the same again for the parts that are not
// done.
import { CreateModelCommand, CreateTransformJobCommand } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import { uniqueName } from '../../contract/names';
import type { AwsContext } from '../account/context';
import { expectRole } from '../account/identity';
import { hasEnded } from '../account/stop';
import { startKey, wasStartedNow } from '../account/tags';
import { deleteParts } from '../endpoint/parts';
import { findResults, folderOf, outputFolderOf, type TransformPlan, writeObject } from './transformPlan';
import { findTransform, purposeOf, settleTransform } from './transformState';

/** What SageMaker allows for one request. */
const limits = { invocationSeconds: 3600, retries: 3 };

/** What SageMaker calls the job that does what the ones before it have left. */
export function resumedName(name: string, times: number): string {
  return times === 0 ? name : `${name}-r${times}`;
}

/**
 * Starts a job for the parts that are not done. Nothing happens where all are done, or where the last job still runs.
 * @param times how often it was resumed before
 * @returns how often it has been resumed now
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
  const done = await findResults(context, name, plan);
  const missing = plan.parts.filter((part) => !done.has(part));
  if (missing.length === 0) return times;
  const instanceCount = Math.min(plan.instanceCount, missing.length);
  await createTransform(context, resumedName(name, times + 1), { ...plan, instanceCount }, async () => ({
    S3DataType: 'ManifestFile',
    S3Uri: await writeManifest(context, name, { times: times + 1, input: plan.input, parts: missing }),
    output: outputUri(context, name),
  }));
  return times + 1;
}

/** Lists the parts to transform in an object of S3, where they are not all that lies below the input. */
export async function writeManifest(
  context: AwsContext,
  name: string,
  { times, input, parts }: { times: number; input: string; parts: readonly string[] },
): Promise<string> {
  return await writeObject(context, `${folderOf(name)}manifest-${times}.json`, [{ prefix: input }, ...parts]);
}

/** Where the parts lie, and where their results are to go. */
interface Places {
  S3DataType: 'S3Prefix' | 'ManifestFile';
  S3Uri: string;
  output: string;
}

/** Where its results go, as SageMaker is told. */
export function outputUri({ bucket }: AwsContext, name: string): string {
  return `s3://${bucket.Bucket}/${outputFolderOf(name).replace(/\/$/, '')}`;
}

/** Reserves, records, and creates model and job; what cannot be created leaves nothing behind. */
export async function createTransform(
  context: AwsContext,
  name: string,
  plan: TransformPlan,
  prepare: () => Promise<Places>,
): Promise<void> {
  const { purse, tell } = context;
  const { instanceType, instanceCount: count, maxRuntimeMinutes: minutes } = plan;
  await purse.reserve({ what: purposeOf(name), instanceType, component: 'Transform', minutes, count });
  tell(
    `SageMaker sets no time limit to ${name}: wait() stops it after ${minutes} minutes. While nothing waits, it goes on ` +
      'until it is done; cleanUp() ends it.',
  );
  const start = uniqueName('start');
  const Tags = [...context.tags, { Key: startKey, Value: start }];
  try {
    const places = await prepare();
    context.recordCreation('model', name);
    await context.clients.sagemaker.send(describeModel(context, name, plan, Tags));
    context.recordCreation('transform job', name);
    await context.clients.sagemaker.send(describeJob(context, name, plan, places, Tags));
  } catch (error) {
    // An answer may have been lost. Where that cannot be asked either, both stay in the ledger.
    const ours = (resource: string) =>
      wasStartedNow(context, `${resource}/${name.toLowerCase()}`, start).catch(() => undefined);
    const isStarted = await ours('transform-job');
    if (isStarted) return;
    if (isStarted === undefined) throw error;
    context.recordEnd('transform job', name);
    purse.settle(purposeOf(name), 0);
    if (await ours('model')) await deleteParts(context, name, ['model']);
    else context.recordEnd('model', name);
    throw /already exist/i.test((error as Error).message) ? taken(name) : error;
  }
}

type Tags = { Key: string | undefined; Value: string | undefined }[];

function describeModel(
  { options, place }: AwsContext,
  ModelName: string,
  { image, modelArtifact }: TransformPlan,
  Tags: Tags,
): CreateModelCommand {
  const { vpc, networkIsolation } = options;
  return new CreateModelCommand({
    ModelName,
    ExecutionRoleArn: expectRole(place),
    PrimaryContainer: { Image: image, ModelDataUrl: modelArtifact },
    ...(vpc && { VpcConfig: { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups } }),
    ...(networkIsolation && { EnableNetworkIsolation: true }),
    Tags,
  });
}

/** Payload and concurrency are left out: SageMaker asks the container for them, at /execution-parameters. */
function describeJob(
  { options: { kmsKey } }: AwsContext,
  name: string,
  { type, column, instanceType, instanceCount }: TransformPlan,
  { S3DataType, S3Uri, output }: Places,
  Tags: Tags,
): CreateTransformJobCommand {
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
      ...(kmsKey && { KmsKeyId: kmsKey }),
    },
    TransformResources: {
      InstanceType: instanceType as never,
      InstanceCount: instanceCount,
      ...(kmsKey && { VolumeKmsKeyId: kmsKey }),
    },
    DataProcessing: {
      JoinSource: 'Input',
      ...(column !== undefined && { InputFilter: `$[${column}]` }),
    },
    Tags,
  });
}

/** That there is one of that name. */
export function taken(name: string): UserError {
  return new UserError(
    `The name "${name}" is taken. Choose another, or leave it out; attachTransformJob("${name}") goes on with that one.`,
  );
}
