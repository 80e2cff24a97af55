// A figure in words, for whoever cannot see it: what it is, and its numbers from the least to the most.
import type { PlotData } from 'plotly.js';
import type { Figure } from './figure';
import { titleOf } from './figureTable';

/** At most this many series are described one by one. */
const most = 6;

/**
 * Alternative text: the title, the axes and, for each series, how many values there are and between what they lie.
 * @example
 * ```ts
 * const described = workshop.describeFigure(workshop.barChart([['a', 3], ['b', 5]], { title: 'Two', x: 'rows', y: '' }));
 * console.log(described); // Chart: Two. rows; 2 values, from 3 (a) to 5 (b).
 * ```
 */
export function describeFigure({ data, layout = {} }: Figure): string {
  const title = titleOf(layout);
  const axes = [titleOf(layout.xaxis), titleOf(layout.yaxis)].filter(Boolean).join(', ');
  const series = data.slice(0, most).map(describeSeries).filter(Boolean);
  const sentences = [axes, ...series].filter(Boolean).join('; ');
  return ['Chart', title && `: ${title}`, sentences && `. ${sentences}`, '.'].join('');
}

function describeSeries(trace: Partial<PlotData>): string {
  const isHorizontal = trace.orientation === 'h';
  const { x = [], y = [] } = trace as { x?: unknown[]; y?: unknown[] };
  const labels = isHorizontal ? y : x;
  const values = trace.type === 'heatmap' ? (trace.z as number[][]).flat() : isHorizontal ? x : y;
  const numbers = values.map(Number);
  const shown = values.flatMap((value, at) => (value === null || !Number.isFinite(numbers[at]) ? [] : [at]));
  if (shown.length === 0) return '';
  const byValue = shown.sort((one, other) => (numbers[one] as number) - (numbers[other] as number));
  const at = (place: number) => {
    const label = trace.type === 'heatmap' ? '' : ` (${labels[place]})`;
    return `${Number((numbers[place] as number).toPrecision(4))}${label}`;
  };
  const range = `${shown.length} values, from ${at(byValue[0] as number)} to ${at(byValue.at(-1) as number)}`;
  return trace.name ? `${trace.name}: ${range}` : range;
}
