// Prices for where AWS's price list may not be read: published on-demand prices of us-east-1, with a margin for other regions.
import type { Component, Price } from './prices';

export const priceTable = {
  /** Day on which the prices were collected. */
  date: '2026-11-30',
  /** The margin added. The dearest regions cost about 60% more. */
  margin: 0.75,
};

/** US dollars an hour. Training, hosting, batch transforms and notebooks cost the same. */
const perHour: Readonly<Record<string, number>> = {
  'ml.t3.medium': 0.05,
  'ml.t3.large': 0.1,
  'ml.t3.xlarge': 0.2,
  'ml.m5.large': 0.115,
  'ml.m5.xlarge': 0.23,
  'ml.m5.2xlarge': 0.461,
  'ml.m5.4xlarge': 0.922,
  'ml.c5.large': 0.102,
  'ml.c5.xlarge': 0.204,
  'ml.c5.2xlarge': 0.408,
  'ml.c5.4xlarge': 0.816,
  'ml.c5.9xlarge': 1.836,
};

/** US dollars for a gigabyte of a serverless endpoint's memory and a second. */
const perGigabyteSecond = 0.00002;

/** Returns a price in US dollars an hour that is hardly ever too low; 'unknown' if the table has none. China pays in yuan. */
export function estimatePrice(region: string, instanceType: string, component: Component): Price {
  if (region.startsWith('cn-')) return 'unknown';
  const gigabytes = Number.parseInt(instanceType.replace(/\D+/, ''), 10) / 1024;
  const price = component === 'Serverless' ? 3600 * gigabytes * perGigabyteSecond : perHour[instanceType];
  return price === undefined ? 'unknown' : (1 + priceTable.margin) * price;
}
