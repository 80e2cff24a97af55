// Compares the architectures by the benchmark's figures, because training them all would take minutes.
import type { PlotData } from 'plotly.js';
import { type Figure, hoverText, series } from '../../display/figure';
import { inPanels } from '../../display/panels';
import measured from './measuredArchitectures.json';

/** One architecture's figures, from `npm run bench -- training` or, for a transformer, `npm run bench -- minilm`. */
export interface MeasuredArchitecture {
  architecture: string;
  /** On held-out stories, in [0, 1]; mean of folds and seeds, as is `macroF1`. */
  accuracy: number;
  macroF1: number;
  /** Median, as are the next two. */
  trainingSeconds: number;
  /** Size of the artifact. */
  megabytes: number;
  /** Time to predict one headline in process. */
  microseconds: number;
}

/**
 * Returns the committed results of the benchmark, the most accurate architecture first.
 * @example
 * ```ts
 * console.log(workshop.measuredArchitectures().some(({ architecture }) => architecture === 'mlp')); // true
 * ```
 */
export function measuredArchitectures(): MeasuredArchitecture[] {
  return measured.map((row) => ({ ...row }));
}

const measures = [
  ['accuracy', 'Accuracy on new stories'],
  ['trainingSeconds', 'Training, seconds'],
  ['megabytes', 'Artifact, megabytes'],
  ['microseconds', 'One headline, microseconds'],
] as const;

/**
 * Plots the architectures' accuracy, training time, size and latency as dots, one panel each. All scales but that of accuracy
 * are logarithmic.
 * @param rows the result of `measuredArchitectures()`, or your own rows
 * @example
 * ```ts
 * workshop.show(workshop.architectureChart(workshop.measuredArchitectures()));
 * ```
 */
export function architectureChart(rows: readonly MeasuredArchitecture[]): Figure {
  const panels = measures.map(([measure, heading]) => {
    const values = rows.map((row) => row[measure]);
    const texts = values.map((value) =>
      measure === 'accuracy' ? `${(100 * value).toFixed(1)}%` : short(value),
    );
    const trace: Partial<PlotData> = {
      type: 'scatter',
      mode: 'text+markers',
      orientation: 'h',
      x: values,
      y: rows.map(({ architecture }) => architecture),
      text: texts,
      textposition: 'middle right',
      cliponaxis: false,
      hovertext: rows.map(({ architecture }, row) => hoverText(`${architecture}: ${heading}: ${texts[row]}`)),
      hoverinfo: 'text',
      marker: { color: series[0], size: 10 },
    };
    return { heading, trace, xaxis: scaleOf(measure, values) };
  });
  const title = 'The architectures in the benchmark';
  return inPanels(panels, {
    title,
    x: '',
    panelHeight: 24 + 26 * rows.length,
    yaxis: { type: 'category', autorange: 'reversed' },
  });
}

/** Returns the settings of an axis with room for the texts beside the dots. */
function scaleOf(measure: (typeof measures)[number][0], values: readonly number[]): object {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return {};
  if (measure === 'accuracy') {
    return { tickformat: '.0%', range: [Math.floor(10 * Math.min(...values)) / 10 - 0.01, 1.01] };
  }
  const powers = positive.map((value) => Math.log10(value));
  const range = [Math.floor(Math.min(...powers)), Math.max(...powers) + 1.2];
  return { type: 'log', dtick: 1, tickformat: ',', range };
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}
