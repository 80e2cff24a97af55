// Lists what this workshop still runs on AWS, its cost an hour and its cost so far.
import type { RunningResource } from '../contract/session';
import type { AwsContext } from './account/context';
import { ageOf, type Listed } from './account/lists';
import type { Price } from './account/prices';
import { type BilledKind, billedKinds, kindOf } from './kinds';

/** A resource of a kind that is billed. */
export type BilledResource = RunningResource & { kind: BilledKind };

export async function listRunning(context: AwsContext): Promise<BilledResource[]> {
  const running: BilledResource[] = [];
  for (const kind of Object.keys(billedKinds) as BilledKind[]) {
    for (const one of await kindOf(kind).list(context)) {
      const dollarsPerHour = await priceOf(context, kind, one);
      const seconds = ageOf(one.since);
      const dollarsSoFar = dollarsPerHour === 'unknown' ? 'unknown' : (dollarsPerHour * seconds) / 3600;
      running.push({ kind, name: one.name, seconds, dollarsPerHour, dollarsSoFar });
    }
  }
  return running;
}

async function priceOf(context: AwsContext, kind: BilledKind, listed: Listed): Promise<Price> {
  const { instances } = kindOf(kind);
  if (!instances) return 0;
  const { type, component, count = 1 } = await instances(context, listed);
  if (!type) return 'unknown';
  const price = await context.budget.pricePerHour(type, component);
  return price === 'unknown' ? price : count * price;
}
