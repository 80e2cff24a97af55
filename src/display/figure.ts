// What every chart is made of: the figure that Plotly draws, its colours, its frame. Drawing it is display.ts's business.
import type { Config, Datum, Layout, PlotData } from 'plotly.js';

/** The MIME type under which notebooks know a figure. */
export const plotlyType = 'application/vnd.plotly.v1+json';

/** What Plotly draws. Change `data` or `layout` before showing it, as with any figure. */
export interface Figure {
  data: Partial<PlotData>[];
  layout: Partial<Layout>;
  config?: Partial<Config>;
}

/** One axis of parallel coordinates, as Plotly takes it. */
export interface ParallelAxis {
  label: string;
  /** One for each line. */
  values: number[];
  /** The values as text, where the numbers are only positions. Plotly ignores this. */
  texts?: string[];
  tickvals?: number[];
  ticktext?: string[];
  range?: [number, number];
}

/** The titles of a figure and of its axes. */
export interface Titles {
  title: string;
  x: string;
  y: string;
}

/**
 * Okabe and Ito's palette, which colour-blind readers can tell apart (jfly.uni-koeln.de/color), without its yellow and
 * its black, of which one is not seen on a white page and the other not on a dark one.
 */
export const palette = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#D55E00', '#56B4E9'] as const;

/** Text: contrast above 4 to 1 on JupyterLab's white and on its dark page alike, as the background is the page's own. */
export const ink = '#7b7b7b';
const grid = 'rgba(128, 128, 128, 0.25)';

/** The colour of the series at a position; after the last one they begin anew. */
export function colourAt(position: number): string {
  return palette[position % palette.length] as string;
}

/** A palette's colour, more or less transparent: on any page it is the page's colour that shines through. */
export function withOpacity(colour: string, opacity: number): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${Number(opacity.toFixed(2))})`;
}

/** From the page's own colour to a palette's. */
export function shadesOf(colour: string): [number, string][] {
  return [
    [0, withOpacity(colour, 0)],
    [1, withOpacity(colour, 1)],
  ];
}

/** An axis as all charts have it; a chart changes what it has to. */
export function axis(title: string) {
  return {
    title: { text: title, standoff: 12 },
    automargin: true,
    gridcolor: grid,
    zerolinecolor: grid,
    linecolor: ink,
    tickcolor: ink,
  } as const;
}

/**
 * Returns the type of the axis that holds labels of bars or of a heatmap. Plotly would take labels that look like numbers
 * or dates for those, and order and space them by their values.
 */
export function typeOfAxis(axis: 'x' | 'y', traces: readonly Partial<PlotData>[]): { type?: 'category' } {
  const labelled = traces.some(
    (trace) =>
      (trace.type === 'bar' || trace.type === 'heatmap') && typeof (trace[axis] as Datum[])?.[0] === 'string',
  );
  return labelled ? { type: 'category' } : {};
}

/** A figure with titles, on the page's own background. */
export function withLayout(data: Partial<PlotData>[], { title, x, y }: Titles): Figure {
  return {
    data,
    layout: {
      title: { text: title, x: 0, xref: 'paper', xanchor: 'left', font: { size: 17, weight: 600 } },
      xaxis: { ...axis(x), ...typeOfAxis('x', data) },
      yaxis: { ...axis(y), ...typeOfAxis('y', data) },
      font: { color: ink, size: 13 },
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      colorway: [...palette],
      height: 380,
      margin: { l: 70, r: 30, t: 60, b: 60 },
      hoverlabel: { align: 'left' },
      legend: { orientation: 'h', yref: 'paper', y: 1, yanchor: 'bottom', x: 1, xanchor: 'right' },
    },
    // Not responsive: JupyterLab sizes its charts by itself, and those that are scrolled away would collapse.
    config: { displaylogo: false },
  };
}

const lineLength = 60;

/** Text for Plotly, which would read markup: shown as it is, in lines that fit a hover label. */
export function hoverText(...texts: readonly string[]): string {
  return texts.map((text) => wrap(text).map(plain).join('<br>')).join('<br>');
}

/** Returns text that Plotly, which reads markup, shows as it is. */
export function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < lineLength) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}

/**
 * Returns the figure with the names and labels of its data as Plotly shows them unchanged: they come from a file, and
 * would else be read as markup, links included. Titles and hover texts are the author's.
 */
export function withPlainLabels({ data, layout, ...rest }: Figure): Figure {
  const traces = data.map((trace) => {
    const { x, y, name } = trace as { x?: unknown; y?: unknown; name?: unknown };
    return { ...trace, ...plainValues({ x, y, name }) };
  });
  return { data: traces, layout, ...rest };
}

function plainValues(values: Readonly<Record<string, unknown>>): object {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === 'string' ? plain(value) : value;
}
