// Starting something billed exactly once: priced, written into the ledger, created, and known again where it was asked
// for before in the same words or its answer was lost.
import { createHash } from 'node:crypto';
import type { Tag } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import { uniqueName } from '../../contract/names';
import { isTaken } from '../account/answers';
import type { Offer } from '../account/budget';
import type { AwsContext } from '../account/context';
import { wordsOf } from '../account/errors';
import { startKey, wasStartedNow } from '../account/tags';

type Kind = 'training job' | 'tuning job';

/** What leads to its handle, in a notebook. */
const attachments = { 'training job': 'attachTrainingJob', 'tuning job': 'attachTuningJob' };

export interface OneStart {
  kind: Kind;
  name: string;
  /** From `describeRequest()`. */
  request: string;
  offer: Offer;
  /** The end of its ARN. */
  resource: string;
  create(tags: Tag[]): Promise<unknown>;
}

/** Throws a {@link UserError} where the budget does not allow it or the name is taken. */
export async function createOnce(
  context: AwsContext,
  { kind, name, request, offer, resource, create }: OneStart,
): Promise<void> {
  await context.purse.reserve(offer);
  const start = uniqueName('start');
  context.recordCreation(kind, name, request);
  try {
    await create([...context.tags, { Key: startKey, Value: start }]);
  } catch (error) {
    // An answer may have been lost. Where that cannot be asked either, the job stays in the ledger.
    const isStarted = await wasStartedNow(context, resource, start).catch(() => undefined);
    if (isStarted) return;
    if (isStarted === false) {
      context.recordEnd(kind, name);
      context.purse.settle(offer.what, 0);
    }
    throw isTaken(error) ? taken(kind, name, error) : error;
  }
}

/** @param error SageMaker's, where it has said so */
export function taken(kind: Kind, name: string, error?: unknown): UserError {
  return new UserError(
    `The name "${name}" is taken. Choose another, or leave it out; ${attachments[kind]}("${name}") goes on with ` +
      `that job.${error ? ` ${wordsOf(error, 'SageMaker')}` : ''}`,
  );
}

/** The same for the same image, data, hyperparameters and machine. */
export function describeRequest(parts: object): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** The name of the latest job that was asked for in the same words and runs or has completed; tells that it is taken. */
export async function findSame(
  context: AwsContext,
  { kind, request, verb }: { kind: Kind; request: string; verb: 'train' | 'tune' },
  statusOf: (name: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const { account, region } = context.place;
  const entries = context.ledger
    .read()
    .filter((entry) => entry.action === 'create' && entry.kind === kind && entry.request === request)
    .filter((entry) => entry.account === account && entry.region === region.value);
  for (const { name } of entries.reverse()) {
    const status = await statusOf(name);
    if (status !== 'InProgress' && status !== 'Completed') continue;
    context.tell(
      `${name} was asked for in the same words and ${status === 'Completed' ? 'has completed' : 'is running'}: no ` +
        `second job was started. To start one all the same: ${verb}({ …, again: true }).`,
    );
    return name;
  }
  return undefined;
}
