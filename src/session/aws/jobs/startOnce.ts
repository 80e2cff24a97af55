// Starts a training or tuning job exactly once: reserves its cost, records it, creates it, and recognises it if an
// identical one was started before or SageMaker's response was lost.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Tag } from '@aws-sdk/client-sagemaker';
import { withLock } from '../../../platform/lock';
import { attachVerbs } from '../../contract/jobs';
import { uniqueName } from '../../contract/names';
import { type PlannedCost, purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { takenName } from '../account/errors';
import { isTaken } from '../account/serviceErrors';
import { startKey, wasStartedNow } from '../account/tags';
import { listStarted } from './follow';

/** The session's method that starts a job, by kind. */
const startVerbs = { 'training job': 'train', 'tuning job': 'tune' };

/** A job to start. */
export interface JobStart {
  kind: keyof typeof startVerbs;
  name: string;
  /** Whether the user chose the name. Otherwise an identical job that runs or has completed is used, if there is one. */
  isNamed: boolean;
  /** Whether to start a new job even if an identical one exists. */
  again: boolean | undefined;
  /** Everything that makes two jobs identical: image, data, hyperparameters, instance type. */
  request: object;
  cost: Pick<PlannedCost, 'instanceType' | 'minutes' | 'times'>;
  /** Resolves to the status of a job, or to undefined if it does not exist. */
  statusOf(name: string): Promise<string | undefined>;
  create(tags: Tag[]): Promise<unknown>;
}

/**
 * Starts a job, or finds an identical one, and returns its name. Throws a {@link UserError} if the budget does not allow it
 * or the name is taken.
 */
export async function startOnce(context: AwsContext, start: JobStart): Promise<string> {
  const { kind, name, isNamed, again, statusOf } = start;
  const request = createHash('sha256').update(JSON.stringify(start.request)).digest('hex').slice(0, 16);
  // One kernel at a time, so that two that start the same job find one.
  return await withLock(dirname(context.ledger.path), async () => {
    if (isNamed && (await statusOf(name)) !== undefined) throw takenName(name, attachVerbs[kind]);
    const same = isNamed || again ? undefined : await findSame(context, start, request);
    if (same !== undefined) return same;
    await createOnce(context, start, request);
    return name;
  });
}

async function createOnce(
  context: AwsContext,
  { kind, name, cost, create }: JobStart,
  request: string,
): Promise<void> {
  const purpose = purposeOf(kind, name);
  await context.budget.reserve({ ...cost, purpose, component: 'Training' });
  const start = uniqueName('start');
  context.recordCreation(kind, name, request);
  try {
    await create([...context.tags, { Key: startKey, Value: start }]);
  } catch (error) {
    // The response may have been lost. If SageMaker cannot be asked, the job stays in the ledger.
    const isStarted = await wasStartedNow(context, { kind, name, start }).catch(() => undefined);
    if (isStarted) return;
    if (isStarted === false) {
      context.recordEnd(kind, name);
      context.budget.settle(purpose, 0);
    }
    throw isTaken(error) ? takenName(name, attachVerbs[kind], error) : error;
  }
}

/** Returns the name of the latest identical job that runs or has completed, and tells that it is used instead. */
async function findSame(
  context: AwsContext,
  { kind, statusOf }: JobStart,
  request: string,
): Promise<string | undefined> {
  for (const { name } of listStarted(context, kind).filter((entry) => entry.request === request)) {
    const status = await statusOf(name);
    if (status !== 'InProgress' && status !== 'Completed') continue;
    context.tell(
      `An identical job, ${name}, ${status === 'Completed' ? 'has completed' : 'is already running'}, so no new one was ` +
        `started. To start one anyway: ${startVerbs[kind]}({ …, again: true }).`,
    );
    return name;
  }
  return undefined;
}
