// Whether several training hosts would pay, by what the benchmark has measured: nothing here trains on several hosts.
import { barChart } from '../display/charts';
import type { Figure } from '../display/figure';
import measured from './measuredHosts.json';

/** What `npm run bench -- hosts` has measured of one architecture, and calculated for so many hosts. */
export interface SeveralHosts {
  architecture: string;
  hosts: number;
  /** Of a training step on one host, in milliseconds. */
  step: number;
  /** Of what a step may change, in megabytes. */
  changes: number;
  /** How long containers on a private network take to add that up, in milliseconds. */
  addingUp: number;
  /** How many times as many rows a second all hosts would train on, where each takes a whole batch; calculated. */
  faster: number;
  /** The same on a network of 10 Gbit/s without any delay, the best that there could be. */
  atWireSpeed: number;
  /** The training rows from which that would save ten minutes. */
  rowsToSaveTenMinutes: number | 'never';
}

/**
 * The committed results of the benchmark, a row for each architecture and number of hosts.
 * @example
 * ```ts
 * console.log(workshop.measuredHosts().map(({ hosts }) => hosts).slice(0, 2)); // [ 2, 4 ]
 * ```
 */
export function measuredHosts(): SeveralHosts[] {
  return measured.rows.flatMap(({ architecture, milliseconds, megabytes, hosts: all }) =>
    all.map(({ hosts, addingUp, faster, atWireSpeed, rowsWorthIt }) => ({
      architecture,
      hosts,
      step: round(milliseconds),
      changes: round(megabytes),
      addingUp: round(addingUp),
      faster: round(faster),
      atWireSpeed: round(atWireSpeed),
      rowsToSaveTenMinutes: rowsWorthIt === null ? ('never' as const) : round(rowsWorthIt),
    })),
  );
}

/**
 * How many times as fast several hosts would train: 1 is what one host does.
 * @param rows what `measuredHosts()` gave, or your own
 * @example
 * ```ts
 * workshop.show(workshop.hostsChart(workshop.measuredHosts()));
 * ```
 */
export function hostsChart(rows: readonly SeveralHosts[]): Figure {
  const bars = rows.map(({ architecture, hosts, faster, step, addingUp }) => {
    const hover = `a step takes ${step} ms, adding up ${addingUp} ms`;
    return [`${architecture}, ${hosts} hosts`, faster, hover] as const;
  });
  return barChart(bars, { title: 'Several hosts, beside one', x: 'times as fast', y: '' });
}

/**
 * What the figures say, in sentences.
 * @param rows as for `hostsChart()`
 * @example
 * ```ts
 * workshop.say(workshop.describeHosts(workshop.measuredHosts()));
 * ```
 */
export function describeHosts(rows: readonly SeveralHosts[]): string {
  const lines = rows.map(({ architecture, hosts, faster, atWireSpeed, rowsToSaveTenMinutes: from }) => {
    const verdict = faster > 1 ? `${faster} times as fast` : `slower than one (${faster} times as fast)`;
    const gain =
      typeof from === 'number' ? `${from.toLocaleString('en')} training rows` : 'no number of rows';
    return (
      `* \`${architecture}\` on ${hosts} hosts: ${verdict}, for ${round(hosts / faster)} times the money. On the best of ` +
      `networks ${atWireSpeed} times as fast, and ten minutes are saved from ${gain} on.`
    );
  });
  return lines.join('\n');
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}
