// Charts of several panels, one for each category, in two columns.
import type { PlotData } from 'plotly.js';
import { axis, type Figure, plain, typeOfAxis, withLayout } from './figure';

/** One panel: its heading, its marks, and settings of its horizontal axis alone. */
interface Panel {
  heading: string;
  trace: Partial<PlotData>;
  xaxis?: object;
}

const columns = 2;
const margin = { l: 70, r: 30, t: 88, b: 56 };
const gap = { across: 0.14, pixelsDown: 62 };

/**
 * Returns a figure with the panels in two columns.
 * @param options.x the title under the panels of the last row
 * @param options.panelHeight in pixels
 * @param options.xaxis settings of all horizontal axes in addition to those of `axis()`; `yaxis` for the vertical ones
 */
export function inPanels(
  panels: readonly Panel[],
  {
    title,
    x,
    panelHeight,
    xaxis = {},
    yaxis = {},
  }: { title: string; x: string; panelHeight: number; xaxis?: object; yaxis?: object },
): Figure {
  const rows = Math.ceil(panels.length / columns);
  const inside = rows * panelHeight + (rows - 1) * gap.pixelsDown;
  const gapDown = gap.pixelsDown / inside;
  const figure = withLayout([], { title, x: '', y: '' });
  const layout = figure.layout as Record<string, unknown>;
  const width = (1 - gap.across) / columns;
  const height = (1 - gapDown * (rows - 1)) / rows;
  layout.height = inside + margin.t + margin.b;
  layout.margin = margin;
  layout.showlegend = false;
  layout.bargap = 0.2;
  layout.annotations = panels.map(({ heading }, position) => ({
    text: plain(heading),
    xref: 'paper',
    yref: 'paper',
    x: left(position),
    y: top(position),
    xanchor: 'left',
    yanchor: 'bottom',
    showarrow: false,
    font: { size: 14, weight: 600 },
  }));
  panels.forEach(({ trace, xaxis: own }, position) => {
    const suffix = position === 0 ? '' : String(position + 1);
    const isLast = position + columns >= panels.length;
    figure.data.push({
      name: panels[position]?.heading ?? '',
      ...trace,
      xaxis: `x${suffix}`,
      yaxis: `y${suffix}`,
    });
    layout[`xaxis${suffix}`] = {
      ...axis(isLast ? x : ''),
      ...typeOfAxis('x', [trace]),
      domain: [left(position), left(position) + width],
      anchor: `y${suffix}`,
      ...xaxis,
      ...own,
    };
    layout[`yaxis${suffix}`] = {
      ...axis(''),
      ...typeOfAxis('y', [trace]),
      domain: [Math.max(0, top(position) - height), top(position)],
      anchor: `x${suffix}`,
      ...yaxis,
    };
  });
  return figure;

  function left(position: number): number {
    return (position % columns) * (width + gap.across);
  }

  function top(position: number): number {
    return 1 - Math.floor(position / columns) * (height + gapDown);
  }
}
