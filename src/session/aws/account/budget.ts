// The session's budget: rejects a call that may cost more than is left. A call at an unknown price needs your explicit
// permission.
import { UserError } from '../../../platform/errors';
import { usd } from '../../../platform/format';
import type { JobKind } from '../../contract/jobs';
import type { AwsClients } from './clients';
import { askPrice, type Component, type Price } from './prices';
import { estimatePrice, priceTable } from './priceTable';

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
  /** Text on the instances. @default number and type */
  machines?: string;
  component: Component;
  /** Minutes until SageMaker ends it, or until you plan to. */
  minutes: number;
  /** Minutes for which the instance is kept and billed after that. @default 0 */
  idleMinutes?: number;
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
  /** Returns the price of a reservation, such as `$1.0000 an hour`; empty if there is none. */
  hourly(purpose: string): string;
  /**
   * Replaces a reservation by the actual cost.
   * @param seconds billed seconds. Default: those since the reservation
   * @param price in US dollars an hour, if it is known to be another than the reserved one
   */
  settle(purpose: string, seconds?: number, price?: Price): void;
  /** Settles a reservation and continues under its purpose with another one, whose instances have replaced its own. */
  replace(purpose: string, next: string): void;
}

/** Something that runs and that another kernel may have started. */
export interface Commitment {
  /** Such as `endpoint demo`. */
  what: string;
  /** The purposes under which a session may have reserved it. */
  purposes: string[];
  /** US dollars so far and until its planned end. */
  dollars: number;
}

/** @param findRunning returns what the same owner has running in this account and region */
export function openBudget(
  clients: AwsClients,
  region: string,
  { dollars, allowUnknown }: BudgetLimit,
  tell: (sentence: string) => void,
  findRunning: () => Promise<Commitment[]> = async () => [],
): Budget {
  const known = new Map<string, Price>();
  const reserved = new Map<string, Reservation>();
  let hasToldEstimate = false;
  let hasToldRest = false;

  const pricePerHour = async (instanceType: string, component: Component) => {
    const key = `${instanceType} ${component}`;
    const price = known.get(key) ?? (await askPrice(clients, region, instanceType, component));
    if (price === 'unreadable') return estimate(instanceType, component);
    if (price !== 'unknown') known.set(key, price);
    return price;
  };

  const estimate = (instanceType: string, component: Component) => {
    const price = estimatePrice(region, instanceType, component);
    if (price !== 'unknown' && !hasToldEstimate) {
      hasToldEstimate = true;
      tell(describeEstimate(region));
    }
    return price;
  };

  const settle: Budget['settle'] = (purpose, seconds, price) => {
    const known = reserved.get(purpose);
    if (known) reserved.set(purpose, settled(known, seconds, price));
  };

  return {
    pricePerHour,
    async reserve(planned) {
      const { purpose, instanceType, count = 1 } = planned;
      const priceOfOne = await pricePerHour(instanceType, planned.component);
      if (priceOfOne === 'unknown') {
        if (!allowUnknown) throw new UserError(describeUnknown(purpose, instanceType, region));
        if (dollars === 0) {
          throw new UserError(
            `The budget is $0.00, so ${lowerFirst(purpose)} was not started: its price is unknown. To allow it, set a budget as ` +
              'well: openSession({ budget: 2 }) or BUDGET_USD=2.',
          );
        }
        tell(`${purpose} runs on ${describeMachines(planned)} at an unknown price, which you have allowed.`);
        return;
      }
      const price = count * priceOfOne;
      const most = (price * minutesOf(planned)) / 60;
      const before = reserved.get(purpose);
      const spent = before ? spentOf(before) : 0;
      const others = [...reserved].filter(([other]) => other !== purpose);
      const elsewhere = (await findRunning()).filter(
        ({ purposes }) => !purposes.some((one) => one === purpose || reserved.has(one)),
      );
      const used =
        others.reduce((sum, [, one]) => sum + one.dollars, spent) +
        elsewhere.reduce((sum, one) => sum + one.dollars, 0);
      const sentence = describePlanned(planned, { price, most });
      if (used + most > dollars) {
        const needed = Math.ceil((used + most) * 100) / 100;
        throw new UserError(
          `${sentence}. The session’s budget is ${usd(dollars)}, and ${usd(used)} of it is spent or reserved${describeElsewhere(elsewhere)}, so ` +
            `nothing was started. To allow it, call workshop.openSession({ budget: ${needed} }) in the first cell, or set ` +
            `BUDGET_USD=${needed} before the notebook server starts.`,
        );
      }
      reserved.set(purpose, { dollars: spent + most, price, since: Date.now(), before: spent });
      if (!hasToldRest) tell(leftOut);
      hasToldRest = true;
      tell(`${sentence}. Budget left after that: ${usd(dollars - used - most)}.`);
    },
    hourly(purpose) {
      const known = reserved.get(purpose);
      return known ? `${usd(known.price)} an hour` : '';
    },
    settle,
    replace(purpose, next) {
      settle(purpose);
      const other = reserved.get(next);
      if (other) reserved.set(purpose, after(other, reserved.get(purpose)?.dollars));
      reserved.delete(next);
    },
  };
}

/** What no price of an instance includes. */
const leftOut =
  'Prices leave out what costs cents in this workshop: volumes of instances, data that an endpoint receives and sends, alarms, and ' +
  'what is stored in S3, ECR and CloudWatch: data, artifacts, checkpoints, captured requests, images and logs. ' +
  '`await session.cleanUp({ data: true })` deletes what is stored, except logs.';

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

/** Returns a reservation with what it has cost in place of what it may cost. */
function settled(known: Reservation, seconds?: number, price: Price = 'unknown'): Reservation {
  const paid = price === 'unknown' ? known : { ...known, price };
  return { ...paid, dollars: spentOf(paid, seconds), isSettled: true };
}

/** Returns a reservation that adds what an earlier one has cost. */
function after(next: Reservation, spent = 0): Reservation {
  return { ...next, dollars: next.dollars + spent, before: next.before + spent };
}

/** Returns what a reservation has cost. @param seconds billed seconds; default: those since it was made */
function spentOf({ dollars, price, since, before, isSettled }: Reservation, seconds?: number): number {
  if (isSettled && seconds === undefined) return dollars;
  return before + (price * (seconds ?? (Date.now() - since) / 1000)) / 3600;
}

function minutesOf({ minutes, times = 1, idleMinutes = 0 }: PlannedCost): number {
  return times * minutes + idleMinutes;
}

function describePlanned(planned: PlannedCost, { price, most }: { price: number; most: number }): string {
  const { purpose, minutes, times = 1, idleMinutes = 0 } = planned;
  const idle =
    idleMinutes > 0
      ? ` and ${Math.round(60 * idleMinutes)} s in which the instance waits for the next job`
      : '';
  return (
    `${purpose} costs ${usd(price)} an hour (${describeMachines(planned)}), at most ${usd(most)} for ` +
    `${times > 1 ? `${times} × ` : ''}${minutes} minutes${idle}`
  );
}

function describeMachines({ machines, instanceType, count = 1, varies = false }: PlannedCost): string {
  if (machines) return machines;
  return count === 1 ? instanceType : `${varies ? 'at most ' : ''}${count} × ${instanceType}`;
}

function describeElsewhere(elsewhere: readonly Commitment[]): string {
  if (elsewhere.length === 0) return '';
  const list = elsewhere.map(({ what, dollars }) => `${what} ${usd(dollars)}`).join(', ');
  return ` (also by what you have running from elsewhere, until its planned end: ${list})`;
}

function describeEstimate(region: string): string {
  const { date, margin } = priceTable;
  return (
    `AWS’s price list for ${region} cannot be read. It needs pricing:GetProducts and a network. Prices are therefore those of a ` +
    `table of ${date} for us-east-1, plus ${100 * margin}%: likely more than you will pay.`
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function describeUnknown(purpose: string, instanceType: string, region: string): string {
  return (
    `The price of ${instanceType} in ${region} is unknown: AWS’s price list does not respond, or lists no hourly price. ` +
    `${purpose} was not started. To start it anyway, call workshop.openSession({ unknownPrice: 'allow' }) in the first ` +
    'cell, or set UNKNOWN_PRICE=allow.'
  );
}
