// A chart of a load test: latency by rate.
import { lineChart } from '../display/charts';
import type { Figure } from '../display/figure';
import type { MeasuredLoad } from './loadTest';

/**
 * Lines with the median and the 99th percentile of the latency by rate, and the bound. Both axes are logarithmic.
 * @param load the result of `loadTest()`
 * @example
 * ```ts
 * workshop.show(workshop.loadChart(load));
 * ```
 */
export function loadChart({ steps, p99: bound }: MeasuredLoad): Figure {
  const x = steps.map(({ rate }) => rate);
  const figure = lineChart(
    [
      { name: 'half of the requests within', x, y: steps.map(({ p50 }) => p50) },
      { name: '99 of 100 within', x, y: steps.map(({ p99 }) => p99) },
      { name: 'bound', x, y: steps.map(() => bound) },
    ],
    { title: 'Latency by request rate', x: 'requests a second', y: 'milliseconds' },
  );
  const ticks = { tickmode: 'array', tickvals: x, ticktext: x.map(String) } as const;
  figure.layout.xaxis = { ...figure.layout.xaxis, type: 'log', ...ticks };
  figure.layout.yaxis = { ...figure.layout.yaxis, type: 'log', dtick: 1 };
  return figure;
}
