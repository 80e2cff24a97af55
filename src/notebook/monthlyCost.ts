// The monthly cost of an endpoint at a given rate: on machines by the hour, or serverless by the second of requests.
import { UserError } from '../platform/errors';
import type { HostingPrices } from '../session/contract/session';
import type { MeasuredLoad } from './loadTest';

/** The cost of one way to deploy, for a month of 730 hours. */
export interface CostOfMonth {
  deployment: string;
  /** Number of machines, or of concurrent requests. */
  needs: string;
  dollars: number | 'unknown';
}

const hoursPerMonth = 730;
/** AWS's limit of concurrent requests for one serverless endpoint. */
const mostConcurrent = 200;

/**
 * Returns the cost of a month at a constant rate, on machines and serverless. A machine takes the rate that the load test
 * measured; a serverless request is billed for its latency at low load. Cold starts and data transfer are not included.
 * @param rate requests a second
 * @param prices the result of `session.hostingPrices()`, or your own for a session on this machine, which has none
 * @throws `UserError` if the load test's endpoint kept no rate within the bound, or the rate is not a number above 0
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
      'monthlyCost(): the endpoint exceeded the bound at the first rate. Run loadTest() with a longer p99.',
    );
  }
  const machines = Math.ceil(rate / held);
  const busy = (rate * milliseconds) / 1000;
  const concurrent = Math.ceil(busy);
  const tooMany = concurrent > mostConcurrent ? `, more than the limit of ${mostConcurrent}` : '';
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
 * Returns the rate from which one machine is cheaper than serverless, in requests a second; `unknown` if a price is.
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
