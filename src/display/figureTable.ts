// A figure's numbers as a table, for viewers without Plotly, such as a repository's page of the notebook.
import type { Datum, PlotData } from 'plotly.js';
import type { Figure, ParallelAxis } from './figure';

export interface Table {
  columns: string[];
  values: (string | number)[][];
}

/**
 * Returns one row for each position on the axis of labels, and one column for each trace. A heatmap keeps its rows and
 * columns; parallel coordinates give one row for each line. Traces of other types give an empty table.
 */
export function figureTable({ data, layout }: Figure): Table {
  const [first] = data;
  const [across, down] = [titleOf(layout.xaxis), titleOf(layout.yaxis)];
  const axes = parallelAxes(first);
  if (axes) return parallelTable(axes);
  if (first?.type === 'heatmap') return heatmapTable(data, `${down} ↓ ${across} →`);
  const isHorizontal = first?.orientation === 'h';
  const rows = new Map<Datum, (string | number)[]>();
  for (const [column, trace] of data.entries()) {
    const { x = [], y = [] } = trace as { x?: Datum[]; y?: Datum[] };
    const [labels, values] = isHorizontal ? [y, x] : [x, y];
    labels.forEach((label, position) => {
      const row = rows.get(label) ?? [String(label), ...data.map(() => '')];
      row[column + 1] = (values[position] as string | number | null) ?? '';
      rows.set(label, row);
    });
  }
  const sorted = [...rows].sort(([one], [other]) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : 0,
  );
  const names = data.map((trace) => [trace.name, valueAxis(trace)].filter(Boolean).join(' '));
  return { columns: [isHorizontal ? down : across, ...names], values: sorted.map(([, row]) => row) };

  function valueAxis({ yaxis }: Partial<PlotData>): string {
    return isHorizontal ? across : titleOf(yaxis === 'y2' ? layout.yaxis2 : layout.yaxis);
  }
}

/** Returns the axes of parallel coordinates; undefined for other traces. */
export function parallelAxes(trace: Partial<PlotData> | undefined): ParallelAxis[] | undefined {
  // Plotly's type declarations lack this type.
  const { type, dimensions } = (trace ?? {}) as { type?: string; dimensions?: ParallelAxis[] };
  return type === 'parcoords' ? (dimensions ?? []) : undefined;
}

function parallelTable(axes: readonly ParallelAxis[]): Table {
  const lines = axes[0]?.values ?? [];
  return {
    columns: axes.map(({ label }) => label),
    values: lines.map((_, line) => axes.map(({ texts, values }) => texts?.[line] ?? values[line] ?? '')),
  };
}

/** Returns the cells in their rows and columns, several heatmaps one below the other. */
function heatmapTable(data: Figure['data'], corner: string): Table {
  const heatmaps = data.filter(({ type }) => type === 'heatmap');
  const values = heatmaps.flatMap(({ name, text, z, y }) => {
    const cells = (text ?? z) as unknown as (string | number)[][];
    return (y as string[]).map((label, row) => {
      const place = heatmaps.length > 1 ? `${name} ${label}` : label;
      return [place, ...(cells[row] ?? [])];
    });
  });
  return { columns: [corner, ...((heatmaps[0]?.x ?? []) as Datum[]).map(String)], values };
}

/** Returns the title of an axis or of a layout, in either of Plotly's two forms. */
export function titleOf(titled: { title?: string | { text?: string } } | undefined): string {
  const title = titled?.title;
  return (typeof title === 'string' ? title : title?.text) ?? '';
}
