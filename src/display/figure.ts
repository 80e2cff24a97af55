// The parts of every chart: the figure that Plotly draws, its colours and its layout. display.ts shows it.
import type { Config, Datum, Layout, PlotData } from 'plotly.js';

/** The MIME type of a Plotly figure in a notebook. */
export const plotlyType = 'application/vnd.plotly.v1+json';

/** A Plotly figure. You can change `data` and `layout` before showing it. */
export interface Figure {
  data: Partial<PlotData>[];
  layout: Partial<Layout>;
  config?: Partial<Config>;
}

/** One axis of parallel coordinates, as Plotly takes it. */
export interface ParallelAxis {
  label: string;
  /** One value for each line. */
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
 * The colours of labels: the hues of Okabe and Ito's palette (jfly.uni-koeln.de/color), which colour-blind readers can tell
 * apart, darkened to a contrast of 3 to 1 on {@link paper} (WCAG 2.2, 1.4.11), without its yellow and black.
 */
export const palette = ['#005A9C', '#C78700', '#009E73', '#C05C98', '#C74A00', '#3C9CD8'] as const;
/** The colours of series that are not labels. The workshop's four labels have none of them. */
export const series = ['#222222', '#949494', palette[4], palette[5], '#5F5F5F'] as const;

/** The background of every chart, so that text and marks have the same contrast in JupyterLab's light and dark themes. */
export const paper = '#ffffff';
/** Text colour, with a contrast of 7 to 1 on {@link paper}. */
export const ink = '#595959';
const grid = 'rgba(128, 128, 128, 0.25)';

/** Returns the colour of the label at a position. Colours repeat after the last one. */
export function colourAt(position: number): string {
  return palette[position % palette.length] as string;
}

/** Returns a colour of the palette with an opacity, through which the page's colour shows. */
export function withOpacity(colour: string, opacity: number): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${Number(opacity.toFixed(2))})`;
}

/** Returns a colour scale from the page's colour to one of the palette's. */
export function shadesOf(colour: string): [number, string][] {
  return [
    [0, withOpacity(colour, 0)],
    [1, withOpacity(colour, 1)],
  ];
}

/** Returns the settings that all charts' axes share. */
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
 * Returns the type of an axis that holds labels of bars or of a heatmap. Without it, Plotly reads labels such as "2" and
 * "10" as numbers, or as dates, and orders and spaces them accordingly.
 */
export function typeOfAxis(axis: 'x' | 'y', traces: readonly Partial<PlotData>[]): { type?: 'category' } {
  const labelled = traces.some(
    (trace) =>
      (trace.type === 'bar' || trace.type === 'heatmap') && typeof (trace[axis] as Datum[])?.[0] === 'string',
  );
  return labelled ? { type: 'category' } : {};
}

/** The look of all charts, but for the titles of axes. */
function look(): Partial<Layout> {
  const { title: _, ...lines } = axis('');
  return {
    title: { x: 0, xref: 'paper', xanchor: 'left', font: { size: 17, weight: 600 } },
    xaxis: lines,
    yaxis: lines,
    font: { color: ink, size: 13 },
    paper_bgcolor: paper,
    plot_bgcolor: paper,
    colorway: [...series],
    height: 380,
    margin: { l: 70, r: 30, t: 60, b: 60 },
    hoverlabel: { align: 'left' },
    legend: { orientation: 'h', yref: 'paper', y: 1, yanchor: 'bottom', x: 1, xanchor: 'right' },
  };
}

/** Returns the figure with the look of all charts as its template, which yields to the figure's own settings. */
export function withLook({ layout, ...rest }: Figure): Figure {
  return { layout: { template: { layout: look() }, ...layout }, ...rest };
}

/** Returns a figure with titles, in the look of all charts. */
export function withLayout(data: Partial<PlotData>[], { title, x, y }: Titles): Figure {
  return withLook({
    data,
    layout: {
      title: { text: title },
      xaxis: { ...axis(x), ...typeOfAxis('x', data) },
      yaxis: { ...axis(y), ...typeOfAxis('y', data) },
    },
    // Not responsive: JupyterLab sizes charts itself, and those out of view would collapse.
    config: { displaylogo: false },
  });
}

const lineLength = 60;

/** Returns text that Plotly shows as it is, in lines that fit a hover label. */
export function hoverText(...texts: readonly string[]): string {
  return texts.map((text) => wrap(text).map(plain).join('<br>')).join('<br>');
}

/** Escapes text for Plotly, which renders a subset of HTML. */
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
 * Returns the figure with escaped names and labels, because they come from a data file and Plotly would render them as
 * HTML, links included. Titles and hover texts come from the author.
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
