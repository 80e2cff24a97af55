// Lists what this workshop still runs on AWS, its cost an hour and its cost so far.
import { UserError } from '../../platform/errors';
import type { RunningResource } from '../contract/session';
import type { AwsContext } from './account/context';
import { type Findings, findOurs } from './account/findOurs';
import { ageOf, type Listed } from './account/lists';
import type { Price } from './account/prices';
import { tellElsewhere } from './elsewhere';
import { describeTime } from './endpoint/switchOff';
import { type BilledKind, billedKinds, kindOf } from './kinds';

/** A resource of a kind that is billed. */
export type BilledResource = RunningResource & { kind: BilledKind };

const allKinds = Object.keys(billedKinds) as BilledKind[];

/** Returns what runs, and tells what could not be listed. Throws a {@link UserError} if nothing could. */
export async function listRunning(context: AwsContext): Promise<BilledResource[]> {
  const { found, problems } = await findRunning(context, allKinds);
  if (problems.length === allKinds.length && found.length === 0) {
    throw new UserError(describeUnlisted(problems));
  }
  if (problems.length > 0) context.tell(describeUnlisted(problems));
  tellElsewhere(context);
  return found;
}

/** Returns what runs of all kinds that `cleanUp()` ends. */
export async function findEndable(context: AwsContext): Promise<Findings<BilledResource>> {
  return await findRunning(
    context,
    allKinds.filter((kind) => kindOf(kind).end),
  );
}

/** Returns a text about what may run without being seen. */
export function describeUnlisted(problems: readonly string[]): string {
  return `These could not be listed, and may run and be billed:\n${problems.map((one) => `- ${one}`).join('\n')}`;
}

async function findRunning(
  context: AwsContext,
  kinds: readonly BilledKind[],
): Promise<Findings<BilledResource>> {
  const findings = await Promise.all(kinds.map((kind) => findKind(context, kind)));
  return {
    found: findings.flatMap(({ found }) => found),
    problems: findings.flatMap(({ problems }) => problems),
  };
}

async function findKind(context: AwsContext, kind: BilledKind): Promise<Findings<BilledResource>> {
  const { list, owns } = kindOf(kind);
  const { found, problems } = await findOurs(
    context,
    kind,
    () => list(context),
    owns && ((one) => owns(context, one)),
  );
  return { found: await Promise.all(found.map((one) => describe(context, kind, one))), problems };
}

async function describe(context: AwsContext, kind: BilledKind, listed: Listed): Promise<BilledResource> {
  // Without permission to describe it, its price is unknown, and it is listed and ended all the same.
  const dollarsPerHour = await priceOf(context, kind, listed).catch(() => 'unknown' as const);
  const seconds = ageOf(listed.since);
  const dollarsSoFar = dollarsPerHour === 'unknown' ? 'unknown' : (dollarsPerHour * seconds) / 3600;
  const planned = await kindOf(kind).ends?.(context, listed);
  const ends = planned && { ends: describeTime(planned) };
  return { kind, name: listed.name, seconds, dollarsPerHour, dollarsSoFar, ...ends };
}

/** Returns the price of a resource an hour; 0 for a kind that costs nothing by itself. */
export async function priceOf(context: AwsContext, kind: BilledKind, listed: Listed): Promise<Price> {
  const { instances } = kindOf(kind);
  if (!instances) return 0;
  const { type, component, count = 1 } = await instances(context, listed);
  if (!type) return 'unknown';
  const price = await context.budget.pricePerHour(type, component);
  return price === 'unknown' ? price : count * price;
}
