// Starts a training job, a tuning job or an endpoint exactly once: reserves its cost, records it, creates it, and recognises
// it if an identical one was started before or SageMaker's response was lost.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Tag } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import { withLock } from '../../../platform/lock';
import { attachVerbs } from '../../contract/jobs';
import { uniqueName } from '../../contract/names';
import { type PlannedCost, purposeOf } from './budget';
import type { AwsContext } from './context';
import { takenName } from './errors';
import type { LedgerEntry } from './ledger';
import { isTaken } from './serviceErrors';
import { startKey, wasStartedAfterAll } from './tags';

/** The session's method that starts each kind, and the one that attaches to it. */
const verbs = {
  'training job': { start: 'train({ …, again: true })', attach: attachVerbs['training job'] },
  'tuning job': { start: 'tune({ …, again: true })', attach: attachVerbs['tuning job'] },
  endpoint: { start: 'deploy(…, { again: true })', attach: 'attachEndpoint' },
};

type StartedKind = keyof typeof verbs;

/** What to start. */
export interface Start {
  kind: StartedKind;
  name: string;
  /** Whether the user chose the name. Otherwise an identical one that runs or has completed is used, if there is one. */
  isNamed: boolean;
  /** Whether to start a new one even if an identical one exists. */
  again: boolean | undefined;
  /** Everything that makes two identical: image, data or artifact, hyperparameters, instance type. */
  request: object;
  cost: Omit<PlannedCost, 'purpose'>;
  /** Resolves to the status, or to undefined if no such job or endpoint exists. */
  statusOf(name: string): Promise<string | undefined>;
  /** Rides out a silence of AWS. @param tags one of which, `start`, tells this start from others */
  create(tags: Tag[]): Promise<unknown>;
}

/**
 * Starts a job or an endpoint, or finds an identical one, and returns its name. Throws a
 * {@link UserError} if the budget does not allow it or the name is taken.
 */
export async function startOnce(context: AwsContext, start: Start): Promise<string> {
  const { kind, name, isNamed, again, statusOf } = start;
  const request = createHash('sha256').update(JSON.stringify(start.request)).digest('hex').slice(0, 16);
  // One kernel at a time, so that two that start the same find one.
  return await withLock(dirname(context.ledger.path), async () => {
    if (isNamed && (await statusOf(name)) !== undefined) throw takenName(name, verbs[kind].attach);
    const same = isNamed || again ? undefined : await findSame(context, start, request);
    if (same !== undefined) return same;
    await createOnce(context, start, request);
    return name;
  });
}

async function createOnce(
  context: AwsContext,
  { kind, name, cost, create }: Start,
  request: string,
): Promise<void> {
  const purpose = purposeOf(kind, name);
  await context.budget.reserve({ ...cost, purpose });
  const start = uniqueName('start');
  const tags = [...context.tags, { Key: startKey, Value: start }];
  context.recordCreation(kind, name, { request });
  try {
    await create(tags);
  } catch (error) {
    const isStarted = await wasStartedAfterAll(context, { kind, name, start }, error);
    if (isStarted) return;
    if (isStarted === undefined) throw mayRun(context, { kind, name }, error);
    context.recordEnd(kind, name);
    context.budget.settle(purpose, 0);
    throw isTaken(error) ? takenName(name, verbs[kind].attach, error) : error;
  }
}

/** Returns the error for a start of which nobody knows whether it succeeded. It stays in the ledger. */
function mayRun(
  { budget }: AwsContext,
  { kind, name }: { kind: StartedKind; name: string },
  error: unknown,
): UserError {
  const price = budget.hourly(purposeOf(kind, name));
  return new UserError(
    `${(error as Error).message} The ${kind} ${name} may have been started, and is billed then${price && ` (${price})`}. ` +
      `To use it: await session.${verbs[kind].attach}('${name}'). To end it: await session.cleanUp().`,
    { cause: error },
  );
}

/** Returns the name of the latest identical one that runs or has completed, and tells that it is used instead. */
async function findSame(
  context: AwsContext,
  { kind, statusOf }: Start,
  request: string,
): Promise<string | undefined> {
  const deleted = new Set(
    context.ledger.read().flatMap((entry) => (entry.deleted && entry.kind === kind ? entry.name : [])),
  );
  for (const { name } of listStarted(context, kind).filter((entry) => entry.request === request)) {
    if (deleted.has(name)) continue;
    const status = await statusOf(name);
    if (!/^(InProgress|Completed|Creating|Updating|InService)$/.test(status ?? '')) continue;
    const noun = kind === 'endpoint' ? kind : 'job';
    context.tell(
      `An identical ${noun}, ${name}, ${status === 'Completed' ? 'has completed' : 'is already running'}, so no new one was ` +
        `started. To start one anyway: ${verbs[kind].start}.`,
    );
    return name;
  }
  return undefined;
}

/** Returns the ledger's entries for what was started, latest first. */
export function listStarted({ place, ledger }: AwsContext, kind: StartedKind): LedgerEntry[] {
  return ledger
    .read()
    .filter((entry) => entry.action === 'create' && entry.kind === kind)
    .filter(({ account, region }) => account === place.account && region === place.region.value)
    .reverse();
}
