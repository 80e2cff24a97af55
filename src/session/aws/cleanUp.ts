// Deletes what is billed and what killed kernels left behind, found by tags and the ledger. Deletes in an order in which
// SageMaker rejects nothing, and each resource independently, so that one failure does not block the rest.
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { UserError } from '../../platform/errors';
import type { CleanUpOptions, RunningResource } from '../contract/session';
import { isGone } from './account/answers';
import { type AwsContext, prefix } from './account/context';
import {
  ageOf,
  type Listed,
  listConfigurations,
  listEndpoints,
  listModels,
  listTransforms,
  ours,
} from './account/lists';
import { deleteParts, findEndpoint, findParts } from './endpoint/parts';
import { endScaling } from './endpoint/scalableTarget';
import { kindOf } from './kinds';
import { listRunning } from './running';

/** A resource and how to delete it. */
interface Ending extends RunningResource {
  end(): Promise<void>;
}

/**
 * Returns what was deleted. Safe to repeat. If some resources cannot be deleted, throws a {@link UserError} that names
 * them, after deleting the others.
 */
export async function cleanUp(
  context: AwsContext,
  { dryRun = false, olderThan = 0 }: CleanUpOptions,
): Promise<RunningResource[]> {
  const steps = [
    ...(await findBilled(context)),
    await findTargets(context),
    ...(await findOrphans(context)),
    await findUploads(context),
  ].map((step) => step.filter(({ seconds }) => seconds >= olderThan));
  const failures: string[] = [];
  const causes: unknown[] = [];
  for (const step of dryRun ? [] : steps) {
    const results = await Promise.allSettled(step.map((one) => one.end()));
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      const { kind, name } = step[index] as Ending;
      failures.push(`${kind} ${name}: ${(result.reason as Error).message}`);
      causes.push(result.reason);
    }
  }
  if (failures.length > 0) {
    throw new UserError(
      `${failures.length} of ${steps.flat().length} resources could not be deleted; the others are. Fix the cause, then ` +
        `call cleanUp() again.\n${failures.join('\n')}`,
      { cause: new AggregateError(causes) },
    );
  }
  return steps.flat().map(({ end: _, ...resource }) => resource);
}

/** Returns tuning jobs first, so that they start no more training jobs, then all other jobs and endpoints. */
async function findBilled(context: AwsContext): Promise<[Ending[], Ending[]]> {
  const running = (await listRunning(context)).flatMap((one) => {
    const { end } = kindOf(one.kind);
    return end ? { ...one, end: () => end(context, one.name) } : [];
  });
  const isTuning = ({ kind }: RunningResource) => kind === 'tuning job';
  return [running.filter(isTuning), running.filter((one) => !isTuning(one))];
}

/** Returns the configurations, then the models, that neither an endpoint nor a batch transform uses. */
async function findOrphans(context: AwsContext): Promise<[Ending[], Ending[]]> {
  const endpoints = await ours(context, 'endpoint', await listEndpoints(context));
  const used = await Promise.all(endpoints.map(({ name }) => findParts(context, name)));
  const configurations = new Set(used.flatMap((one) => one.configurations));
  // A batch transform's model has the same name.
  const transforms = await listTransforms(context);
  const models = new Set([...used.flatMap((one) => one.models), ...transforms.map(({ name }) => name)]);
  const orphans = async (
    kind: 'endpoint configuration' | 'model',
    listed: readonly Listed[],
    inUse: ReadonlySet<string>,
  ) => {
    const unused = listed.filter(({ name }) => !inUse.has(name));
    return (await ours(context, kind, unused)).map(({ name, since }) => ({
      ...unbilled(kind, name, since),
      end: () => deleteParts(context, name, [kind]),
    }));
  };
  return [
    await orphans('endpoint configuration', await listConfigurations(context), configurations),
    await orphans('model', await listModels(context), models),
  ];
}

/** Returns the scalable targets without an endpoint. Deleting an endpoint deletes its own. */
async function findTargets(context: AwsContext): Promise<Ending[]> {
  const targets = context.recorded().filter(({ kind }) => kind === 'scalable target');
  const endings: Ending[] = [];
  for (const { name, time } of targets) {
    if (await findEndpoint(context, name)) continue;
    const target = unbilled('scalable target', name, new Date(time));
    endings.push({ ...target, end: () => endScaling(context, name) });
  }
  return endings;
}

/** Returns unfinished multipart uploads, which S3 bills but does not list as objects. */
async function findUploads({ clients, bucket, place, recorded }: AwsContext): Promise<Ending[]> {
  const folders = recorded().flatMap(({ kind, name }) => (kind === 'upload' ? name : []));
  const { Uploads = [] } = await clients.s3.send(
    new ListMultipartUploadsCommand({ ...bucket, Prefix: `${prefix}/` }),
  );
  return Uploads.filter(
    ({ Key = '', Initiator }) =>
      Initiator?.ID === place.identity || folders.some((folder) => Key.startsWith(folder)),
  ).map(({ Key = '', UploadId, Initiated = new Date() }) => ({
    ...unbilled('unfinished upload', Key, Initiated),
    async end() {
      const command = new AbortMultipartUploadCommand({ ...bucket, Key, UploadId });
      await clients.s3.send(command).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    },
  }));
}

function unbilled(kind: RunningResource['kind'], name: string, since: Date): RunningResource {
  return { kind, name, seconds: ageOf(since), dollarsPerHour: 0, dollarsSoFar: 0 };
}
