// Charts for any numbers: bars, counts, lines, dots. They return a figure; display.ts shows it. Charts for particular
// data are in src/notebook/charts.

import type { PlotData } from 'plotly.js';
import { demandSameLength } from '../platform/pairs';
import { tally } from '../platform/tally';
import { type Figure, hoverText, type Titles, withLayout } from './figure';

/** One or more lines shown when the pointer rests on a mark, such as an example. */
export type Hover = string | readonly string[];

/**
 * Horizontal bars, one for each label and value, the first on top. A third element is shown on hovering.
 * @example
 * ```ts
 * const bars = [['training', split.training.length], ['validation', split.validation.length]] as const;
 * workshop.show(workshop.barChart(bars, { title: 'A split by story', x: 'headlines', y: '' }));
 * ```
 */
export function barChart(
  bars: readonly (readonly [label: string, value: number, hover?: Hover])[],
  titles: Titles,
): Figure {
  const trace: Partial<PlotData> = {
    type: 'bar',
    orientation: 'h',
    x: bars.map(([, value]) => value),
    y: bars.map(([label]) => label),
    text: bars.map(([, value]) => formatValue(value)),
    textposition: 'auto',
    hovertext: bars.map(([label, value, hover = []]) =>
      hoverText(`${label}: ${formatValue(value)}`, ...[hover].flat()),
    ),
    hoverinfo: 'text',
  };
  const figure = withLayout([trace], titles);
  figure.layout.yaxis = { ...figure.layout.yaxis, autorange: 'reversed', showgrid: false };
  figure.layout.height = 160 + 24 * bars.length;
  return figure;
}

/** Created once: `toLocaleString()` creates one for each value, which takes 20 s for 125,000 bars. */
const inThousands = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });

function formatValue(value: number): string {
  return inThousands.format(value);
}

/**
 * Counts of whole numbers, one bar for each value.
 * @param titles.logarithmic whether the axis of counts is logarithmic; default: false
 * @param titles.range the values shown at first, from and to; zooming out shows the rest
 * @param titles.examples lines to show on hovering, for some of the values
 * @example
 * ```ts
 * const lengths = news.headlines.map(({ title }) => workshop.tokenise(title).length);
 * workshop.show(workshop.histogram(lengths, { title: 'Length', x: 'words', y: 'headlines', range: [0, 20] }));
 * ```
 */
export function histogram(
  values: readonly number[],
  titles: Titles & {
    logarithmic?: boolean;
    range?: [number, number];
    examples?: ReadonlyMap<number, Hover>;
  },
): Figure {
  const counts = tally(values);
  const bars: Partial<PlotData> = {
    type: 'bar',
    x: [...counts.keys()],
    y: [...counts.values()],
    width: 0.9,
    hovertext: [...counts].map(([value, count]) =>
      hoverText(
        `${value} ${titles.x}: ${formatValue(count)} ${titles.y}`,
        ...[titles.examples?.get(value) ?? []].flat(),
      ),
    ),
    hoverinfo: 'text',
  };
  const figure = withLayout([bars], titles);
  if (titles.range) figure.layout.xaxis = { ...figure.layout.xaxis, range: titles.range };
  if (titles.logarithmic) figure.layout.yaxis = { ...figure.layout.yaxis, type: 'log', dtick: 1 };
  return figure;
}

/** One series: a name for the legend, and as many `y` as `x`. */
export interface Line {
  name: string;
  x: readonly (string | number)[];
  y: readonly number[];
  /** As many texts to show on hovering, instead of the values. */
  hover?: readonly Hover[];
}

/**
 * Lines for values that have an order, such as counts by day.
 * @param titles.percent whether to show values as percentages; default: false
 * @throws `UserError` if `x`, `y` and `hover` of a line differ in length
 * @example
 * ```ts
 * const years = [{ name: 'sold', x: ['2023', '2024', '2025'], y: [3, 5, 4] }];
 * workshop.show(workshop.lineChart(years, { title: 'Sales', x: 'year', y: 'millions' }));
 * ```
 */
export function lineChart(lines: readonly Line[], titles: Titles & { percent?: boolean }): Figure {
  return scatter(lines, 'lines', titles);
}

/**
 * Dots for values that have no order, such as those of several seeds, in a colour for each name.
 * @param titles.percent whether to show values as percentages; default: false
 * @throws `UserError` if `x`, `y` and `hover` of a line differ in length
 * @example
 * ```ts
 * const dots = [
 *   { name: 'by story', x: ['seed 1'], y: accuracies.story },
 *   { name: 'random', x: ['seed 1'], y: accuracies.random },
 * ];
 * workshop.show(workshop.dotChart(dots, { title: 'Two ways to split', x: '', y: 'accuracy', percent: true }));
 * ```
 */
export function dotChart(dots: readonly Line[], titles: Titles & { percent?: boolean }): Figure {
  return scatter(dots, 'markers', titles);
}

function scatter(
  lines: readonly Line[],
  mode: 'lines' | 'markers',
  titles: Titles & { percent?: boolean },
): Figure {
  for (const { x, y, hover = x } of lines) demandSameLength({ x, y, hover });
  const traces = lines.map(
    ({ name, x, y, hover }): Partial<PlotData> => ({
      type: 'scatter',
      mode,
      marker: { size: 12 },
      name,
      x: [...x],
      y: [...y],
      ...(hover && {
        hovertext: hover.map((texts) => hoverText(...[texts].flat())),
        hovertemplate: '%{hovertext}<extra>%{fullData.name}</extra>',
      }),
    }),
  );
  const figure = withLayout(traces, titles);
  if (titles.percent) figure.layout.yaxis = { ...figure.layout.yaxis, tickformat: '.0%' };
  return figure;
}
