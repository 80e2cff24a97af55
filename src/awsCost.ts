// What the next call can cost, from AWS's own price list, and whether the session's budget allows it. No price is made
// up: one that cannot be had is unknown, and needs a word of its own.
import { GetProductsCommand } from '@aws-sdk/client-pricing';
import type { AwsClients } from './awsClients';
import { UserError } from './errors';
import { usd } from './format';

/** What the price list calls the uses of an instance. */
export type Component = 'Training' | 'Hosting' | 'Notebook' | 'Transform';

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
  /** How many of the instances. @default 1 */
  count?: number;
  /** How many times, each for so long. @default 1 */
  times?: number;
}

/** The purse of one session: what it may spend, and what it has promised. */
export interface Purse {
  /** Of the instance, in US dollars an hour. */
  pricePerHour(instanceType: string, component: Component): Promise<Price>;
  /** Tells the price and sets the money aside. Throws a {@link UserError} where the budget does not allow it. */
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
  const reserved = new Map<string, { dollars: number; price: number; since: number }>();

  const pricePerHour = async (instanceType: string, component: Component) => {
    const key = `${instanceType} ${component}`;
    const price = known.get(key) ?? (await askPrice(clients, region, instanceType, component));
    if (price !== 'unknown') known.set(key, price);
    return price;
  };

  return {
    pricePerHour,
    async reserve({ what, instanceType, component, minutes, count = 1, times = 1 }) {
      const priceOfOne = await pricePerHour(instanceType, component);
      const machines = count === 1 ? instanceType : `${count} × ${instanceType}`;
      if (priceOfOne === 'unknown') {
        if (!allowUnknown) throw new UserError(describeUnknown(what, instanceType, region));
        tell(`${what} runs on ${machines}, whose price is unknown; you have allowed that.`);
        return;
      }
      const price = count * priceOfOne;
      const most = (times * price * minutes) / 60;
      const taken = [...reserved.values()].reduce((sum, one) => sum + one.dollars, 0);
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
      reserved.set(what, { dollars: most, price, since: Date.now() });
      tell(`${cost}. Left of the budget after that: ${usd(dollars - taken - most)}.`);
    },
    settle(what, seconds) {
      const known = reserved.get(what);
      if (!known) return;
      const billed = seconds ?? (Date.now() - known.since) / 1000;
      reserved.set(what, { ...known, dollars: (known.price * billed) / 3600 });
    },
  };
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
  // Of batch transform only what its usage is called is known for certain.
  const isTransform = component === 'Transform';
  const wanted = { regionCode: region, instanceName: instanceType, ...(!isTransform && { component }) };
  const command = new GetProductsCommand({
    ServiceCode: 'AmazonSageMaker',
    Filters: Object.entries(wanted).map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value })),
  });
  try {
    const { PriceList = [] } = await pricing.send(command);
    const prices = PriceList.map((product: unknown) => JSON.parse(String(product)) as Product)
      .filter(({ product }: Product) => !isTransform || /Tsform:/.test(product?.attributes?.usagetype ?? ''))
      .flatMap(hourlyPrices);
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

function hourlyPrices({ terms }: Product): number[] {
  const dimensions = Object.values(terms?.OnDemand ?? {}).flatMap(({ priceDimensions = {} }) =>
    Object.values(priceDimensions),
  );
  const hourly = dimensions.filter(({ unit = '' }) => /^(hrs|hours?)$/i.test(unit));
  return hourly.map(({ pricePerUnit }) => Number(pricePerUnit?.USD)).filter((price) => price > 0);
}
