// The session's budget: looks up what the next call can cost in AWS's price list and rejects a call that exceeds what is
// left. A price that the list does not have is unknown, and such a call needs your explicit permission.
import { GetProductsCommand } from '@aws-sdk/client-pricing';
import { UserError } from '../../../platform/errors';
import { usd } from '../../../platform/format';
import type { JobKind } from '../../contract/jobs';
import type { AwsClients } from './clients';

/** The price list's names for the uses of an instance. `Serverless` is one request at a time for an hour. */
export type Component = 'Training' | 'Hosting' | 'Notebook' | 'Transform' | 'Serverless';

/** US dollars. Unknown in China, where prices are in yuan. */
export type Price = number | 'unknown';

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

/** Returns the cost of billed seconds as text, such as `$0.5000`. */
export function describeCost(pricePerHour: Price, seconds: number): string {
  return pricePerHour === 'unknown' ? 'at an unknown price' : usd((seconds / 3600) * pricePerHour);
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

/** Returns the highest on-demand price that the list has, so that the bill is never above it. */
async function askPrice(
  { pricing }: AwsClients,
  region: string,
  instanceType: string,
  component: Component,
): Promise<Price> {
  const wanted = { regionCode: region, ...filtersOf(instanceType, component) };
  const command = new GetProductsCommand({
    ServiceCode: 'AmazonSageMaker',
    Filters: Object.entries(wanted).map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value })),
  });
  try {
    const { PriceList = [] } = await pricing.send(command);
    const products: Product[] = PriceList.map((product: unknown) => JSON.parse(String(product)) as Product);
    const unit = component === 'Serverless' ? 'Second' : 'Hour';
    const prices = products
      .filter(isFor(instanceType, component))
      .flatMap((product) => pricesOf(product, unit));
    return prices.length > 0 ? Math.max(...prices) : 'unknown';
  } catch {
    // Without permission, network or a format that this code understands, the price is unknown.
    return 'unknown';
  }
}

/** The fields of the price list that this file reads. */
interface Product {
  product?: { attributes?: { usagetype?: string } };
  terms?: { OnDemand?: Record<string, { priceDimensions?: Record<string, PriceDimension> }> };
}

interface PriceDimension {
  unit?: string;
  pricePerUnit?: { USD?: string };
}

/** Returns the filters for the price list. Batch transforms are filtered by usage type instead, in `isFor()`. */
function filtersOf(instanceType: string, component: Component): Record<string, string> {
  if (component === 'Serverless') return { productFamily: 'ML Serverless' };
  if (component === 'Transform') return { instanceName: instanceType };
  return { instanceName: instanceType, component };
}

/** Returns a filter for the products of one use. On-demand serverless excludes provisioned concurrency. */
function isFor(instanceType: string, component: Component): (product: Product) => boolean {
  const gigabytes = Number.parseInt(instanceType.replace(/\D+/, ''), 10) / 1024;
  const usage = { Serverless: new RegExp(`ServerlessInf:Mem-${gigabytes}GB$`), Transform: /Tsform:/ };
  const expected = component === 'Serverless' || component === 'Transform' ? usage[component] : /(?:)/;
  return ({ product }) => expected.test(product?.attributes?.usagetype ?? '');
}

const units = {
  Hour: { words: /^(hrs|hours?)$/i, perHour: 1 },
  Second: { words: /^(s|secs?|seconds?)$/i, perHour: 3600 },
};

/** Returns a product's prices in one unit, converted to US dollars an hour. */
function pricesOf({ terms }: Product, unit: keyof typeof units): number[] {
  const { words, perHour } = units[unit];
  const dimensions = Object.values(terms?.OnDemand ?? {}).flatMap(({ priceDimensions = {} }) =>
    Object.values(priceDimensions),
  );
  return dimensions
    .filter(({ unit: given = '' }) => words.test(given))
    .map(({ pricePerUnit }) => perHour * Number(pricePerUnit?.USD))
    .filter((price) => price > 0);
}
