// Ends what is billed, and what a kernel that was killed has left lying: found by tags and by the ledger, ended in an order
// in which nothing is refused, each for itself, so that one that cannot be ended keeps no other from it.
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
import { deleteEndpoint, deleteParts, findEndpoint, findParts } from './endpoint/parts';
import { endScaling } from './endpoint/scalableTarget';
import { stopAndWait } from './jobs/trainingState';
import { endTransform } from './jobs/transformState';
import { stopTuningAndWait } from './jobs/tuningJob';
import { listRunning } from './running';

/** What is to be ended, and how. */
interface Ending extends RunningResource {
  end(): Promise<void>;
}

/**
 * Repeating it does no harm, also after a step has failed: throws a {@link UserError} then that says which, when all
 * others are done.
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
  for (const step of dryRun ? [] : steps) {
    const results = await Promise.allSettled(step.map((one) => one.end()));
    for (const [index, result] of results.entries()) {
      const { kind, name } = step[index] as Ending;
      if (result.status === 'rejected') failures.push(`${kind} ${name}: ${(result.reason as Error).message}`);
    }
  }
  if (failures.length > 0) {
    throw new UserError(
      `${failures.length} of ${steps.flat().length} could not be ended; the others are. Call cleanUp() again when the ` +
        `cause is gone.\n${failures.join('\n')}`,
    );
  }
  return steps.flat().map(({ end: _, ...resource }) => resource);
}

/** Tuning jobs, and then, when they start no more of them, all other jobs and endpoints. */
async function findBilled(context: AwsContext): Promise<[Ending[], Ending[]]> {
  const running = (await listRunning(context)).filter(({ kind }) => kind !== 'notebook instance');
  const toEnding = (one: RunningResource) => ({
    ...one,
    end: () => endingOf(one.kind)(context, one.name),
  });
  const isTuning = ({ kind }: RunningResource) => kind === 'tuning job';
  return [running.filter(isTuning).map(toEnding), running.filter((one) => !isTuning(one)).map(toEnding)];
}

function endingOf(kind: RunningResource['kind']): (context: AwsContext, name: string) => Promise<void> {
  if (kind === 'endpoint') return deleteEndpoint;
  if (kind === 'tuning job') return stopTuningAndWait;
  return kind === 'transform job' ? endTransform : stopAndWait;
}

/** Configurations, and then models, that no endpoint and no batch transform works with. */
async function findOrphans(context: AwsContext): Promise<[Ending[], Ending[]]> {
  const endpoints = await ours(context, 'endpoint', await listEndpoints(context));
  const used = await Promise.all(endpoints.map(({ name }) => findParts(context, name)));
  const configurations = new Set(used.flatMap((one) => one.configurations));
  // A batch transform's model has its name.
  const transforms = await listTransforms(context);
  const models = new Set([...used.flatMap((one) => one.models), ...transforms.map(({ name }) => name)]);
  const orphans = async (
    kind: 'endpoint configuration' | 'model',
    listed: readonly Listed[],
    inUse: ReadonlySet<string>,
  ) =>
    (
      await ours(
        context,
        kind,
        listed.filter(({ name }) => !inUse.has(name)),
      )
    ).map(({ name, since }) => ({
      ...unbilled(kind, name, since),
      end: () => deleteParts(context, name, [kind]),
    }));
  return [
    await orphans('endpoint configuration', await listConfigurations(context), configurations),
    await orphans('model', await listModels(context), models),
  ];
}

/** Scalable targets whose endpoint is gone: those that have one go with it. */
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

/** Parts of files that nobody uploads any more: S3 shows them in no list of objects, and bills them. */
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
