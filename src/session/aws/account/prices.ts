// Prices from AWS's price list.
import { GetProductsCommand } from '@aws-sdk/client-pricing';
import { usd } from '../../../platform/format';
import type { AwsClients } from './clients';

/** The price list's names for the uses of an instance. `Serverless` is one request at a time for an hour. */
export type Component = 'Training' | 'Hosting' | 'Notebook' | 'Transform' | 'Serverless';

/** US dollars. Unknown in China, where prices are in yuan. */
export type Price = number | 'unknown';

/** Returns the cost of billed seconds as text, such as `$0.5000`. */
export function describeCost(pricePerHour: Price, seconds: number): string {
  return pricePerHour === 'unknown' ? 'at an unknown price' : usd((seconds / 3600) * pricePerHour);
}

/**
 * Returns the price of an instance in US dollars an hour, the highest on-demand price in the list, so that the bill is never
 * above it; 'unknown' if the list has none, and 'unreadable' if it does not respond or may not be read.
 */
export async function askPrice(
  { pricing }: AwsClients,
  region: string,
  instanceType: string,
  component: Component,
): Promise<Price | 'unreadable'> {
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
    // Without permission, network or a format that this code understands.
    return 'unreadable';
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
