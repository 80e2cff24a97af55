// What the next call can cost, from AWS's own price list, and whether the session's budget allows it. No price is made
// up: one that cannot be had is unknown, and needs a word of its own.
import { GetProductsCommand } from '@aws-sdk/client-pricing';
import { UserError } from '../../../platform/errors';
import { usd } from '../../../platform/format';
import type { AwsClients } from './clients';

/** What the price list calls the uses of an instance; `Serverless` is one request after the other, for an hour. */
export type Component = 'Training' | 'Hosting' | 'Notebook' | 'Transform' | 'Serverless';

/** US dollars (in China, where prices are in yuan, it is unknown). */
export type Price = number | 'unknown';

export interface Budget {
  /** US dollars; 0 allows nothing that is billed. */
  readonly dollars: number;
  /** Whether a call whose price is unknown is allowed. */
  readonly allowUnknown: boolean;
}

/** A billed call, before it is made. */
export interface Offer {
  /** Begins the sentence, such as "The training job headlines-1", and is what `settle()` knows it by. */
  what: string;
  instanceType: string;
  component: Component;
  /** Until SageMaker, or the plan, ends it. */
  minutes: number;
  /** The most machines at a time. @default 1 */
  count?: number;
  /** Whether there may be fewer of them. @default false */
  varies?: boolean;
  /** How many times, each for so long. @default 1 */
  times?: number;
}

/** The purse of one session: what it may spend, and what it has promised. */
export interface Purse {
  /** Of the instance, in US dollars an hour. */
  pricePerHour(instanceType: string, component: Component): Promise<Price>;
  /** Tells the price and sets the money aside, in the place of what the same `what` has left. Throws a {@link UserError} where the budget does not allow it. */
  reserve(offer: Offer): Promise<void>;
  /** Corrects what was set aside to what it came to. @param seconds that are billed; default: those since then */
  settle(what: string, seconds?: number): void;
}

export function openPurse(
  clients: AwsClients,
  region: string,
  { dollars, allowUnknown }: Budget,
  tell: (sentence: string) => void,
): Purse {
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
    async reserve({ what, instanceType, component, minutes, count = 1, varies = false, times = 1 }) {
      const priceOfOne = await pricePerHour(instanceType, component);
      const machines = count === 1 ? instanceType : `${varies ? 'at most ' : ''}${count} × ${instanceType}`;
      if (priceOfOne === 'unknown') {
        if (!allowUnknown) throw new UserError(describeUnknown(what, instanceType, region));
        tell(`${what} runs on ${machines}, whose price is unknown; you have allowed that.`);
        return;
      }
      const price = count * priceOfOne;
      const most = (times * price * minutes) / 60;
      const before = reserved.get(what);
      const spent = before ? spentOf(before) : 0;
      const others = [...reserved].filter(([purpose]) => purpose !== what);
      const taken = others.reduce((sum, [, one]) => sum + one.dollars, spent);
      const duration = `${times > 1 ? `${times} × ` : ''}${minutes} minutes`;
      const cost = `${what} costs ${usd(price)} an hour (${machines}), at most ${usd(most)} for ${duration}`;
      if (taken + most > dollars) {
        const needed = Math.ceil((taken + most) * 100) / 100;
        throw new UserError(
          `${cost}, and the budget of this session is ${usd(dollars)}, of which ${usd(taken)} is taken. Nothing was ` +
            `started. To allow it, write into the first cell: workshop.openSession({ budget: ${needed} }), or set ` +
            `BUDGET_USD=${needed} before the notebook’s server starts.`,
        );
      }
      reserved.set(what, { dollars: spent + most, price, since: Date.now(), before: spent });
      tell(`${cost}. Left of the budget after that: ${usd(dollars - taken - most)}.`);
    },
    settle(what, seconds) {
      const known = reserved.get(what);
      if (!known) return;
      const dollars = spentOf(known, seconds);
      reserved.set(what, { ...known, dollars, isSettled: true });
    },
  };
}

/** What so many billed seconds have cost, in words. */
export function describeCost(pricePerHour: Price, seconds: number): string {
  return pricePerHour === 'unknown' ? 'at an unknown price' : usd((seconds / 3600) * pricePerHour);
}

/** What was set aside for one purpose, in US dollars and milliseconds. */
interface Reservation {
  dollars: number;
  /** An hour. */
  price: number;
  since: number;
  /** What the same purpose had cost until then. */
  before: number;
  isSettled?: boolean;
}

/** @param seconds that are billed; default: those since then */
function spentOf({ dollars, price, since, before, isSettled }: Reservation, seconds?: number): number {
  if (isSettled && seconds === undefined) return dollars;
  return before + (price * (seconds ?? (Date.now() - since) / 1000)) / 3600;
}

function describeUnknown(what: string, instanceType: string, region: string): string {
  return (
    `The price of ${instanceType} in ${region} is unknown: AWS’s price list does not answer, or has no price an hour. ` +
    `${what} was not started. To start it all the same, write into the first cell: ` +
    "workshop.openSession({ unknownPrice: 'allow' }), or set UNKNOWN_PRICE=allow."
  );
}

/** The dearest of the on-demand prices that the list names, so that none is more. */
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
    // Not allowed, not reachable, not understood: whatever it is, there is no price.
    return 'unknown';
  }
}

/** As much of the price list's format as is read here. */
interface Product {
  product?: { attributes?: { usagetype?: string } };
  terms?: { OnDemand?: Record<string, { priceDimensions?: Record<string, PriceDimension> }> };
}

interface PriceDimension {
  unit?: string;
  pricePerUnit?: { USD?: string };
}

/** What the price list is asked for. Of batch transform only what its usage is called is known for certain. */
function filtersOf(instanceType: string, component: Component): Record<string, string> {
  if (component === 'Serverless') return { productFamily: 'ML Serverless' };
  if (component === 'Transform') return { instanceName: instanceType };
  return { instanceName: instanceType, component };
}

/** Whether a product is of that use: `serverless 2048 MB` is none of concurrency that is kept ready. */
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

/** Those by that unit, an hour. */
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
