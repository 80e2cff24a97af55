// Describes a figure for readers who cannot see it: its title, its axes, and the range of each series.
import type { PlotData } from 'plotly.js';
import { extremes } from '../platform/format';
import { type Figure, type ParallelAxis, plotlyType } from './figure';
import { parallelAxes, titleOf } from './figureTable';

/** The largest number of series to describe. */
const most = 6;

/**
 * Returns alternative text: the title, the axes and, for each series, the number of values and their range.
 * @example
 * ```ts
 * const described = workshop.describeFigure(workshop.barChart([['a', 3], ['b', 5]], { title: 'Two', x: 'rows', y: '' }));
 * console.log(described); // Chart: Two. rows; 2 values, from 3 (a) to 5 (b).
 * ```
 */
export function describeFigure({ data, layout = {} }: Figure): string {
  const title = titleOf(layout);
  const axes = [titleOf(layout.xaxis), titleOf(layout.yaxis)].filter(Boolean).join(', ');
  const series = data.slice(0, most).flatMap((trace) => {
    const parallel = parallelAxes(trace);
    if (parallel) return parallel.map(describeAxis);
    const second = titleOf(layout.yaxis2);
    const panel = second && (trace.yaxis === 'y2' ? second : titleOf(layout.yaxis));
    return describeSeries(trace, [trace.name, panel].filter(Boolean).join(' '));
  });
  const sentences = [axes, ...series].filter(Boolean).join('; ');
  const heading = title && `: ${title}`;
  if (!sentences) return `Chart${heading}.`;
  return `Chart${heading}${/[.?!]$/.test(title) ? '' : '.'} ${sentences}.`;
}

function describeSeries(trace: Partial<PlotData>, name: string): string {
  const isHorizontal = trace.orientation === 'h';
  const { x = [], y = [] } = trace as { x?: unknown[]; y?: unknown[] };
  const labels = isHorizontal ? y : x;
  const values = trace.type === 'heatmap' ? (trace.z as number[][]).flat() : isHorizontal ? x : y;
  const numbers = values.map(Number);
  const shown = values.flatMap((value, at) => (value === null || !Number.isFinite(numbers[at]) ? [] : [at]));
  if (shown.length === 0) return '';
  const byValue = shown.sort((one, other) => (numbers[one] as number) - (numbers[other] as number));
  const at = (place: number) => {
    const label = labels[place];
    const position = typeof label === 'number' ? short(label) : label;
    return `${short(numbers[place] as number)}${trace.type === 'heatmap' ? '' : ` (${position})`}`;
  };
  const range = `${shown.length} values, from ${at(byValue[0] as number)} to ${at(byValue.at(-1) as number)}`;
  return name ? `${name}: ${range}` : range;
}

function describeAxis({ label, values, texts }: ParallelAxis): string {
  if (values.length === 0) return '';
  if (texts?.some((text) => Number.isNaN(Number(text)))) {
    return `${label}: ${values.length} values among ${[...new Set(texts)].sort().join(', ')}`;
  }
  const numbers = texts?.map(Number) ?? values;
  const [least, greatest] = extremes(numbers);
  return `${label}: ${numbers.length} values, from ${short(least)} to ${short(greatest)}`;
}

function short(value: number): number {
  return Number(value.toPrecision(4));
}

/** Returns a chart's alternative text: its own plain text or, without one, the description of its figure. */
export function descriptionOf({ data }: { data?: Record<string, unknown> }): string {
  const text = data?.['text/plain'];
  if (text === undefined) return describeFigure(data?.[plotlyType] as Figure);
  return Array.isArray(text) ? text.join('') : String(text);
}
