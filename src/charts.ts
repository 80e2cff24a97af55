// Figures for Plotly, made from plain numbers. Functions return the figure; showing it is display.ts's business.
import type { Layout, PlotData } from 'plotly.js';
import type { Evaluation } from './evaluate';
import type { EpochMetrics } from './metrics';

/** The MIME type under which notebooks know a figure. */
export const plotlyType = 'application/vnd.plotly.v1+json';

/** What Plotly draws. Change `data` or `layout` before showing it, as with any figure. */
export interface Figure {
  data: Partial<PlotData>[];
  layout: Partial<Layout>;
}

/** What stands above a figure and beside its axes. */
export interface Titles {
  title: string;
  x: string;
  y: string;
}

/** Okabe and Ito's palette, which colour-blind readers can tell apart (jfly.uni-koeln.de/color). */
const colours = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#D55E00', '#56B4E9', '#F0E442', '#000000'];

/**
 * Horizontal bars for pairs of label and value, the first one on top.
 * @example
 * ```ts
 * const bars = [['training', split.training.length], ['validation', split.validation.length]] as const;
 * workshop.show(workshop.barChart(bars, { title: 'A split by story', x: 'headlines', y: '' }));
 * ```
 */
export function barChart(bars: readonly (readonly [label: string, value: number])[], titles: Titles): Figure {
  const trace: Partial<PlotData> = {
    type: 'bar',
    orientation: 'h',
    x: bars.map(([, value]) => value),
    y: bars.map(([label]) => label),
    text: bars.map(([, value]) => value.toLocaleString('en')),
    textposition: 'auto',
    hovertemplate: '%{y}: %{x}<extra></extra>',
  };
  const figure = withLayout([trace], titles);
  figure.layout.yaxis = { ...figure.layout.yaxis, autorange: 'reversed', automargin: true };
  figure.layout.height = 160 + 24 * bars.length;
  return figure;
}

/**
 * Counts of whole numbers, one bar for each value.
 * @param titles.logarithmic whether counts are shown on a logarithmic axis; default: false
 * @param titles.range what is shown first, from and to; zooming out shows the rest
 * @example
 * ```ts
 * const lengths = news.headlines.map(({ title }) => workshop.tokenise(title).length);
 * workshop.show(workshop.histogram(lengths, { title: 'Length', x: 'words', y: 'headlines', range: [0, 20] }));
 * ```
 */
export function histogram(
  values: readonly number[],
  titles: Titles & { logarithmic?: boolean; range?: [number, number] },
): Figure {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const bars: Partial<PlotData> = {
    type: 'bar',
    x: [...counts.keys()],
    y: [...counts.values()],
    width: 1,
    hovertemplate: '%{x}: %{y}<extra></extra>',
  };
  const figure = withLayout([bars], titles);
  if (titles.range) figure.layout.xaxis = { ...figure.layout.xaxis, range: titles.range };
  if (titles.logarithmic) figure.layout.yaxis = { ...figure.layout.yaxis, type: 'log' };
  return figure;
}

/** A name for the legend, and as many `y` as `x`. */
export interface Line {
  name: string;
  x: readonly (string | number)[];
  y: readonly number[];
}

/**
 * Values in an order, such as counts by day: a line for each name.
 * @example
 * ```ts
 * const years = [{ name: 'sold', x: ['2023', '2024', '2025'], y: [3, 5, 4] }];
 * workshop.show(workshop.lineChart(years, { title: 'Sales', x: 'year', y: 'millions' }));
 * ```
 */
export function lineChart(lines: readonly Line[], titles: Titles): Figure {
  return scatter(lines, 'lines', titles);
}

/**
 * Values that have no order between them, such as those of several seeds: a colour for each name.
 * @example
 * ```ts
 * const dots = [
 *   { name: 'by story', x: ['seed 1'], y: accuracies.story },
 *   { name: 'random', x: ['seed 1'], y: accuracies.random },
 * ];
 * workshop.show(workshop.dotChart(dots, { title: 'Two ways to split', x: '', y: 'accuracy' }));
 * ```
 */
export function dotChart(dots: readonly Line[], titles: Titles): Figure {
  return scatter(dots, 'markers', titles);
}

function scatter(lines: readonly Line[], mode: 'lines' | 'markers', titles: Titles): Figure {
  const traces = lines.map(
    ({ name, x, y }): Partial<PlotData> => ({
      type: 'scatter',
      mode,
      marker: { size: 12 },
      name,
      x: [...x],
      y: [...y],
    }),
  );
  return withLayout(traces, titles);
}

/**
 * Accuracy (left) and loss (right) by epoch, in training and, where it was measured, in validation.
 * @example
 * ```ts
 * workshop.show(workshop.trainingCurves(result.metrics, job.name));
 * ```
 */
export function trainingCurves(metrics: readonly EpochMetrics[], title = 'Training'): Figure {
  const epochs = metrics.map(({ epoch }) => epoch);
  const [trainingColour = '', validationColour = ''] = colours;
  const curve = (name: 'accuracy' | 'loss', panel: '' | '2', isValidation: boolean): Partial<PlotData> => ({
    type: 'scatter',
    mode: 'lines+markers',
    name: isValidation ? 'validation' : 'training',
    showlegend: panel === '',
    x: epochs,
    y: metrics.map(
      (epoch) => epoch[(isValidation ? `validation_${name}` : name) as keyof EpochMetrics] ?? null,
    ),
    xaxis: `x${panel}`,
    yaxis: `y${panel}`,
    line: { color: isValidation ? validationColour : trainingColour },
  });
  const sides = metrics.some(({ validation_loss }) => validation_loss !== undefined)
    ? [false, true]
    : [false];
  const traces = sides.flatMap((side) => [curve('accuracy', '', side), curve('loss', '2', side)]);
  const { layout } = withLayout([], { title, x: 'epoch', y: 'accuracy' });
  const axis = { title: { text: 'epoch' }, dtick: 1 };
  return {
    data: traces,
    layout: {
      ...layout,
      grid: { rows: 1, columns: 2, pattern: 'independent' },
      xaxis: axis,
      xaxis2: axis,
      yaxis2: { title: { text: 'loss' }, automargin: true },
      legend: { orientation: 'h', y: -0.2 },
    },
  };
}

/**
 * Expected labels down, predicted labels across; the colour is the share of the row, the number the count.
 * @param evaluation what `evaluate()` gave
 * @example
 * ```ts
 * workshop.show(workshop.confusionMatrix(evaluation));
 * ```
 */
export function confusionMatrix({ byLabel, confusion }: Evaluation, title = 'Confusion matrix'): Figure {
  const labels = byLabel.map(({ label }) => label);
  const shares = confusion.map((row, index) => row.map((rows) => rows / (byLabel[index]?.support || 1)));
  const cells: Partial<PlotData> = {
    type: 'heatmap',
    x: labels,
    y: labels,
    z: shares,
    text: confusion.map((row) => row.map(String)) as unknown as string[],
    texttemplate: '%{text}',
    colorscale: [
      [0, '#ffffff'],
      [1, colours[0] as string],
    ],
    zmin: 0,
    zmax: 1,
    hovertemplate: '%{y} taken for %{x}: %{text} (%{z:.0%})<extra></extra>',
  };
  const figure = withLayout([cells], { title, x: 'predicted', y: 'expected' });
  figure.layout.yaxis = { ...figure.layout.yaxis, autorange: 'reversed', automargin: true };
  return figure;
}

function withLayout(data: Partial<PlotData>[], { title, x, y }: Titles): Figure {
  return {
    data,
    layout: {
      title: { text: title },
      xaxis: { title: { text: x }, automargin: true },
      yaxis: { title: { text: y, standoff: 12 }, automargin: true },
      colorway: colours,
      height: 380,
      margin: { l: 70, r: 60, t: 60, b: 60 },
    },
  };
}
