// What an endpoint costs in a month at a wanted rate: on machines by the hour, and without one by the second of requests.
import { UserError } from '../platform/errors';
import type { HostingPrices } from '../session/contract/session';
import type { MeasuredLoad } from './loadTest';

/** One way to deploy, for a month of 730 hours. */
export interface CostOfMonth {
  deployment: string;
  /** How many machines, or requests at a time. */
  needs: string;
  dollars: number | 'unknown';
}

const hoursPerMonth = 730;
/** Of one serverless endpoint, by AWS's limits. */
const mostConcurrent = 200;

/**
 * The cost of a month at a constant rate, on machines and without: a machine takes what the load test says that it holds;
 * a request without a machine is billed for what it takes while there are few. Starts, and the data that goes in and out,
 * are not counted.
 * @param rate requests a second
 * @param prices what `session.hostingPrices()` gave; or your own, where a session on this machine knows none
 * @throws `UserError` where the endpoint held no rate, or the wanted one is none
 * @example
 * ```ts
 * const prices = { ...(await session.hostingPrices()), dollarsPerHour: 0.1 };
 * const load = { steps: [], held: 40, p99: 100, milliseconds: 5 };
 * const [machines, serverless] = workshop.monthlyCost(100, load, prices);
 * console.log(machines.needs, machines.dollars, serverless.dollars); // 3 machines 219 unknown
 * ```
 */
export function monthlyCost(
  rate: number,
  { held, milliseconds }: MeasuredLoad,
  { instanceType, dollarsPerHour, memoryMegabytes, dollarsPerSecond }: HostingPrices,
): CostOfMonth[] {
  if (!(rate > 0) || !Number.isFinite(rate)) {
    throw new UserError(
      `monthlyCost(): the rate is ${rate}; it must be a number of requests a second above 0.`,
    );
  }
  if (held === 0) {
    throw new UserError(
      'monthlyCost(): the endpoint held not even the first rate. Test it with a longer p99.',
    );
  }
  const machines = Math.ceil(rate / held);
  const busy = (rate * milliseconds) / 1000;
  const concurrent = Math.ceil(busy);
  const tooMany = concurrent > mostConcurrent ? `, more than the ${mostConcurrent} that there may be` : '';
  return [
    {
      deployment: `real-time, ${instanceType}`,
      needs: machines === 1 ? '1 machine' : `${machines} machines`,
      dollars: times(dollarsPerHour, machines * hoursPerMonth),
    },
    {
      deployment: `serverless, ${memoryMegabytes} MB`,
      needs: `about ${concurrent} ${concurrent === 1 ? 'request' : 'requests'} at a time${tooMany}`,
      dollars: times(dollarsPerSecond, busy * 3600 * hoursPerMonth),
    },
  ];
}

/**
 * The rate from which one machine is cheaper than none, in requests a second; `unknown` where a price is.
 * @param prices as in `monthlyCost()`
 * @example
 * ```ts
 * const prices = { instanceType: 'ml.c5.large', dollarsPerHour: 0.1, memoryMegabytes: 2048, dollarsPerSecond: 0.00004 };
 * console.log(Math.round(Number(workshop.cheaperFrom({ steps: [], held: 40, p99: 100, milliseconds: 5 }, prices)))); // 139
 * ```
 */
export function cheaperFrom(
  { milliseconds }: MeasuredLoad,
  { dollarsPerHour, dollarsPerSecond }: HostingPrices,
): number | 'unknown' {
  if (dollarsPerHour === 'unknown' || dollarsPerSecond === 'unknown') return 'unknown';
  return dollarsPerHour / 3600 / ((milliseconds / 1000) * dollarsPerSecond);
}

function times(price: number | 'unknown', count: number): number | 'unknown' {
  return price === 'unknown' ? price : Number((price * count).toFixed(2));
}
