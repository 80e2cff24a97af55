// The part that all kinds of jobs share: finding those of the ledger, following one until it has ended, and its bill.
import { UserError } from '../../../platform/errors';
import { attachVerbs, type JobKind } from '../../contract/jobs';
import type { AwsContext } from '../account/context';
import { poll } from '../account/poll';
import { type Component, describeCost } from '../account/prices';
import { listStarted } from '../account/startOnce';

/** Returns the names of the ledger's jobs that SageMaker still has, latest first. */
export async function listKnown(
  context: AwsContext,
  kind: 'training job' | 'tuning job',
  find: (name: string) => Promise<unknown>,
): Promise<string[]> {
  const known: string[] = [];
  for (const name of new Set(listStarted(context, kind).map((entry) => entry.name))) {
    if (await find(name)) known.push(name);
  }
  return known;
}

/** Returns the error for a name that no job has. */
export function unknownJob({ place }: AwsContext, kind: JobKind, name: string): UserError {
  return new UserError(
    `There is no ${kind} "${name}" in ${place.region.value}. It may have been deleted. Pass the name of an existing one ` +
      `to ${attachVerbs[kind]}().`,
  );
}

/**
 * Follows a job until it has ended. A {@link UserError} meanwhile, such as expired credentials, also explains how to
 * re-attach.
 * @param look reads the job's state, reports changes and, once the job has ended, returns its description
 * @param options.least shortest pause between two looks in seconds. @default the session's `pollSeconds`
 */
export async function followJob<Description>(
  context: AwsContext,
  { kind, name, ...pace }: { kind: JobKind; name: string; signal: AbortSignal | undefined; least?: number },
  look: () => Promise<Description | undefined>,
): Promise<Description> {
  try {
    return await poll(context, look, pace);
  } catch (error) {
    if (!(error instanceof UserError) || error.message.includes(name)) throw error;
    throw new UserError(
      `${error.message} The ${kind} ${name} keeps running. To re-attach: session.${attachVerbs[kind]}('${name}').`,
      { cause: error },
    );
  }
}

/** Tells how many seconds of a job are billed, for all instances together, and their cost. @param note ends the sentence */
export async function tellBill(
  { budget, tell }: AwsContext,
  {
    name,
    seconds,
    instanceType,
    component,
  }: { name: string; seconds: number; instanceType: string; component: Component },
  note = '',
): Promise<void> {
  const price = await budget.pricePerHour(instanceType, component);
  tell(
    `${name}: ${Math.round(seconds)} s of ${instanceType} billed, ${describeCost(price, seconds)}${note}.`,
  );
}
