// Deletes what is billed, then what killed kernels left behind, found by tags and the ledger. Deletes in an order in which
// SageMaker rejects nothing. A list that fails or a resource that stays keeps no other resource from being deleted.
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { UserError } from '../../platform/errors';
import type { CleanUpOptions, RunningResource } from '../contract/session';
import type { AwsContext } from './account/context';
import { type Findings, findOurs, likelyOurs, settle } from './account/findOurs';
import { ageOf, listConfigurations, listEndpoints, listModels, listTransforms } from './account/lists';
import { isDenied, unlessGone } from './account/serviceErrors';
import { deleteAlarms, listSpentAlarms } from './endpoint/alarms';
import { deleteParts, type EndpointParts, findEndpoint, findParts } from './endpoint/parts';
import { endScaling } from './endpoint/scalableTarget';
import { disarmSwitchOff, listSpentSchedules } from './endpoint/switchOff';
import { kindOf } from './kinds';
import { describeUnlisted, findEndable } from './running';
import { findImages, findRegistered, findStoredData } from './stored';

/** A resource and how to delete it. */
interface Ending extends RunningResource {
  end(): Promise<void>;
}

/** The searches for what to end. What one finds is ended before the next begins. */
const usualSearches = [
  findBilled,
  findTargets,
  findSchedules,
  findAlarms,
  findConfigurations,
  findModels,
  findUploads,
];

/**
 * Returns what was deleted. Safe to repeat. If some resources could not be listed or deleted, throws a {@link UserError}
 * that names them, after deleting the others.
 */
export async function cleanUp(
  context: AwsContext,
  { dryRun = false, olderThan = 0, data = false }: CleanUpOptions,
): Promise<RunningResource[]> {
  const found: Ending[] = [];
  const failures: Failure[] = [];
  const problems: string[] = [];
  const searches = data ? [...usualSearches, findStored] : usualSearches;
  for (const search of searches) {
    const findings = await search(context);
    const old = findings.found.filter(({ seconds }) => seconds >= olderThan);
    found.push(...old);
    problems.push(...findings.problems);
    if (!dryRun) failures.push(...(await endAll(old)));
  }
  if (dryRun && problems.length > 0) context.tell(describeUnlisted(problems));
  else if (failures.length + problems.length > 0) throw describeRest(found, failures, problems);
  return found.map(({ end: _, ...resource }) => resource);
}

interface Failure {
  one: Ending;
  reason: unknown;
}

/** Ends resources independently, tuning jobs first, so that they start no more training jobs. */
async function endAll(endings: readonly Ending[]): Promise<Failure[]> {
  const isTuning = ({ kind }: Ending) => kind === 'tuning job';
  const failures: Failure[] = [];
  for (const step of [endings.filter(isTuning), endings.filter((one) => !isTuning(one))]) {
    const attempts = step.map((one) =>
      one.end().catch((reason: unknown) => void failures.push({ one, reason })),
    );
    await Promise.all(attempts);
  }
  return failures;
}

function describeRest(
  found: readonly Ending[],
  failures: readonly Failure[],
  problems: readonly string[],
): UserError {
  const kept = failures.map(({ one, reason }) => `- ${one.kind} ${one.name}: ${(reason as Error).message}`);
  const ended = found.filter((one) => !failures.some((failure) => failure.one === one));
  const names = ended.map(({ kind, name }) => `${kind} ${name}`);
  const sentences = [
    ...(kept.length > 0
      ? [`${kept.length} of ${found.length} resources could not be deleted:\n${kept.join('\n')}`]
      : []),
    ...(problems.length > 0 ? [describeUnlisted(problems)] : []),
    `${names.length > 0 ? `Ended: ${names.join(', ')}. ` : ''}Fix the cause, then clean up again: await session.cleanUp().`,
  ];
  return new UserError(sentences.join('\n'), {
    cause: new AggregateError(failures.map(({ reason }) => reason)),
  });
}

async function findBilled(context: AwsContext): Promise<Findings<Ending>> {
  const { found, problems } = await findEndable(context);
  const endings = found.flatMap((one) => {
    const { end } = kindOf(one.kind);
    return end ? { ...one, end: () => end(context, one.name) } : [];
  });
  return { found: endings, problems };
}

/** Finds the scalable targets without an endpoint. Deleting an endpoint deletes its own. */
async function findTargets(context: AwsContext): Promise<Findings<Ending>> {
  return await settle('scalable targets', async () => {
    const endings: Ending[] = [];
    for (const { kind, name, time } of context.recorded()) {
      if (kind !== 'scalable target' || (await findEndpoint(context, name))) continue;
      endings.push({ ...unbilled(kind, name, new Date(time)), end: () => endScaling(context, name) });
    }
    return endings;
  });
}

/** Finds the schedules for the end of endpoints that are gone. Deleting an endpoint deletes its own. */
async function findSchedules(context: AwsContext): Promise<Findings<Ending>> {
  return await settle('schedules', async () =>
    (await listSpentSchedules(context)).map(({ name, since }) => ({
      ...unbilled('schedule', name, since),
      end: () => disarmSwitchOff(context, name),
    })),
  );
}

/** Finds the alarms of endpoints that are gone. Deleting an endpoint deletes its own. */
async function findAlarms(context: AwsContext): Promise<Findings<Ending>> {
  return await settle('alarms', async () =>
    (await listSpentAlarms(context)).map(({ name, since }) => ({
      ...unbilled('alarm', name, since),
      end: () => deleteAlarms(context, [name]),
    })),
  );
}

/** Finds the configurations that no endpoint uses. */
async function findConfigurations(context: AwsContext): Promise<Findings<Ending>> {
  return await findOrphans(context, 'endpoint configuration', {
    list: listConfigurations,
    used: async () => (await findUsed(context)).configurations,
  });
}

/** Finds the models that neither an endpoint nor a batch transform uses. A batch transform's model has the same name. */
async function findModels(context: AwsContext): Promise<Findings<Ending>> {
  return await findOrphans(context, 'model', {
    list: listModels,
    used: async () => [
      ...(await findUsed(context)).models,
      ...(await listTransforms(context)).map(({ name }) => name),
    ],
  });
}

/** Finds nothing if it is not known what is in use. */
async function findOrphans(
  context: AwsContext,
  kind: 'endpoint configuration' | 'model',
  { list, used }: { list: typeof listModels; used: () => Promise<string[]> },
): Promise<Findings<Ending>> {
  const { found, problems } = await findOurs(context, kind, async () =>
    likelyOurs(context, kind, await list(context)),
  );
  if (found.length === 0) return { found: [], problems };
  // Asked after the list: an endpoint that was created meanwhile keeps its parts.
  const orphans = await settle(`unused ${kind}s`, async () => {
    const inUse = new Set(await used());
    return found.filter(({ name }) => !inUse.has(name));
  });
  const endings = orphans.found.map(({ name, since }) => ({
    ...unbilled(kind, name, since),
    end: () => deleteParts(context, name, [kind]),
  }));
  return { found: endings, problems: [...problems, ...orphans.problems] };
}

/** Returns the parts of all endpoints. Rejects if one cannot be read. */
async function findUsed(context: AwsContext): Promise<EndpointParts> {
  const { found, problems } = await findOurs(context, 'endpoint', () => listEndpoints(context));
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  const parts = await Promise.all(found.map(({ name }) => findParts(context, name)));
  return {
    configurations: parts.flatMap(({ configurations }) => configurations),
    models: parts.flatMap(({ models }) => models),
  };
}

/** Finds unfinished multipart uploads, which S3 bills but does not list as objects. */
async function findUploads({
  clients,
  bucket,
  prefix,
  place,
  recorded,
  tell,
}: AwsContext): Promise<Findings<Ending>> {
  const folders = recorded().flatMap(({ kind, name }) => (kind === 'upload' ? name : []));
  const isOurs = (Key: string, initiator: string | undefined) =>
    initiator === place.identity || folders.some((folder) => Key.startsWith(folder));
  const tellDenied = (error: unknown) => {
    if (!isDenied(error)) throw error;
    tell(
      'Uploads that were interrupted may be left, and S3 bills what has arrived: you lack s3:ListBucketMultipartUploads.',
    );
    return undefined;
  };
  return await settle('unfinished uploads', async () => {
    const command = new ListMultipartUploadsCommand({ ...bucket, Prefix: `${prefix}/` });
    // Without a bucket there are none.
    const { Uploads = [] } = (await unlessGone(clients.s3.send(command)).catch(tellDenied)) ?? {};
    return Uploads.flatMap(({ Key = '', UploadId, Initiator, Initiated = new Date() }) => {
      if (!isOurs(Key, Initiator?.ID)) return [];
      return {
        ...unbilled('unfinished upload', Key, Initiated),
        async end() {
          await unlessGone(clients.s3.send(new AbortMultipartUploadCommand({ ...bucket, Key, UploadId })));
        },
      };
    });
  });
}

/** Finds data, registered models and images. */
async function findStored(context: AwsContext): Promise<Findings<Ending>> {
  const stored = [
    await settle('stored data', () => findStoredData(context)),
    await settle('registered models', () => findRegistered(context)),
    await settle('images', () => findImages(context)),
  ];
  return {
    found: stored.flatMap(({ found }) =>
      found.map(({ kind, name, since, end }) => ({ ...unbilled(kind, name, since), end })),
    ),
    problems: stored.flatMap(({ problems }) => problems),
  };
}

function unbilled<Kind extends RunningResource['kind']>(kind: Kind, name: string, since: Date) {
  return { kind, name, seconds: ageOf(since), dollarsPerHour: 0, dollarsSoFar: 0 };
}
