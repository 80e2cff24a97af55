// The session's budget: rejects a call that may cost more than is left. A call at an unknown price needs your explicit
// permission.
import { UserError } from '../../../platform/errors';
import { usd } from '../../../platform/format';
import type { JobKind } from '../../contract/jobs';
import type { AwsClients } from './clients';
import { askPrice, type Component, type Price } from './prices';

export interface BudgetLimit {
  /** US dollars; 0 allows nothing that is billed. */
  readonly dollars: number;
  /** Whether a call at an unknown price is allowed. */
  readonly allowUnknown: boolean;
}

/** A billed call, before it is made. */
export interface PlannedCost {
  /** Name of the reservation and subject of the sentence about it, such as "The training job headlines-1". */
  purpose: string;
  instanceType: string;
  component: Component;
  /** Minutes until SageMaker ends it, or until you plan to. */
  minutes: number;
  /** The most machines at a time. @default 1 */
  count?: number;
  /** Whether fewer machines may run. @default false */
  varies?: boolean;
  /** Number of runs, each of `minutes`. @default 1 */
  times?: number;
}

/** The budget of one session: what it may spend, and what it has reserved. */
export interface Budget {
  /** Returns the instance's price in US dollars an hour. */
  pricePerHour(instanceType: string, component: Component): Promise<Price>;
  /**
   * Tells the price and reserves it. An earlier reservation for the same purpose is replaced by what it has cost so far.
   * Throws a {@link UserError} if the budget does not allow it.
   */
  reserve(cost: PlannedCost): Promise<void>;
  /** Replaces a reservation by the actual cost. @param seconds billed seconds; default: those since the reservation */
  settle(purpose: string, seconds?: number): void;
}

export function openBudget(
  clients: AwsClients,
  region: string,
  { dollars, allowUnknown }: BudgetLimit,
  tell: (sentence: string) => void,
): Budget {
  const known = new Map<string, Price>();
  const reserved = new Map<string, Reservation>();

  const pricePerHour = async (instanceType: string, component: Component) => {
    const key = `${instanceType} ${component}`;
    const price = known.get(key) ?? (await askPrice(clients, region, instanceType, component));
    if (price !== 'unknown') known.set(key, price);
    return price;
  };

  return {
    pricePerHour,
    async reserve({ purpose, instanceType, component, minutes, count = 1, varies = false, times = 1 }) {
      const priceOfOne = await pricePerHour(instanceType, component);
      const machines = count === 1 ? instanceType : `${varies ? 'at most ' : ''}${count} × ${instanceType}`;
      if (priceOfOne === 'unknown') {
        if (!allowUnknown) throw new UserError(describeUnknown(purpose, instanceType, region));
        tell(`${purpose} runs on ${machines} at an unknown price, which you have allowed.`);
        return;
      }
      const price = count * priceOfOne;
      const most = (times * price * minutes) / 60;
      const before = reserved.get(purpose);
      const spent = before ? spentOf(before) : 0;
      const others = [...reserved].filter(([other]) => other !== purpose);
      const used = others.reduce((sum, [, one]) => sum + one.dollars, spent);
      const duration = `${times > 1 ? `${times} × ` : ''}${minutes} minutes`;
      const cost = `${purpose} costs ${usd(price)} an hour (${machines}), at most ${usd(most)} for ${duration}`;
      if (used + most > dollars) {
        const needed = Math.ceil((used + most) * 100) / 100;
        throw new UserError(
          `${cost}. The session’s budget is ${usd(dollars)}, and ${usd(used)} of it is spent or reserved, so nothing ` +
            `was started. To allow it, call workshop.openSession({ budget: ${needed} }) in the first cell, or set ` +
            `BUDGET_USD=${needed} before the notebook server starts.`,
        );
      }
      reserved.set(purpose, { dollars: spent + most, price, since: Date.now(), before: spent });
      tell(`${cost}. Budget left after that: ${usd(dollars - used - most)}.`);
    },
    settle(purpose, seconds) {
      const known = reserved.get(purpose);
      if (!known) return;
      const dollars = spentOf(known, seconds);
      reserved.set(purpose, { ...known, dollars, isSettled: true });
    },
  };
}

/** Returns the name under which a job or an endpoint reserves its part of the budget. */
export function purposeOf(kind: JobKind | 'endpoint', name: string): string {
  return `The ${kind} ${name}`;
}

/** The part of the budget that one purpose takes. */
interface Reservation {
  /** US dollars reserved or, once settled, spent. */
  dollars: number;
  /** US dollars an hour. */
  price: number;
  /** Milliseconds since the epoch. */
  since: number;
  /** US dollars that earlier reservations for the same purpose have cost. */
  before: number;
  isSettled?: boolean;
}

/** Returns what a reservation has cost. @param seconds billed seconds; default: those since it was made */
function spentOf({ dollars, price, since, before, isSettled }: Reservation, seconds?: number): number {
  if (isSettled && seconds === undefined) return dollars;
  return before + (price * (seconds ?? (Date.now() - since) / 1000)) / 3600;
}

function describeUnknown(purpose: string, instanceType: string, region: string): string {
  return (
    `The price of ${instanceType} in ${region} is unknown: AWS’s price list does not respond, or lists no hourly price. ` +
    `${purpose} was not started. To start it anyway, call workshop.openSession({ unknownPrice: 'allow' }) in the first ` +
    'cell, or set UNKNOWN_PRICE=allow.'
  );
}
