// Step 7: the architectures beside each other, by what the benchmark has measured: training them all would take minutes.
import type { PlotData } from 'plotly.js';
import { colourAt, type Figure, hoverText } from '../../display/figure';
import { inPanels } from '../../display/panels';
import { isArchitecture } from '../../model/registry';
import measured from './measuredArchitectures.json';

/** What `npm run bench -- training` has measured of one. */
export interface MeasuredArchitecture {
  architecture: string;
  /** On held-out stories, in [0, 1]; the mean of folds and seeds. */
  accuracy: number;
  macroF1: number;
  /** At the median, as what follows. */
  trainingSeconds: number;
  /** Of the artifact. */
  megabytes: number;
  /** For one headline in process. */
  microseconds: number;
}

/**
 * The committed results of the benchmark, without those of other tools, the most accurate architecture first.
 * @example
 * ```ts
 * console.log(workshop.measuredArchitectures().some(({ architecture }) => architecture === 'mlp')); // true
 * ```
 */
export function measuredArchitectures(): MeasuredArchitecture[] {
  const figures: Readonly<Record<string, Readonly<Record<string, { mean: number; median: number }>>>> =
    measured.figures;
  return Object.entries(figures)
    .filter(([name]) => isArchitecture(name))
    .map(([architecture, of]) => ({
      architecture,
      accuracy: of.accuracy?.mean ?? 0,
      macroF1: of['macro F1']?.mean ?? 0,
      trainingSeconds: of['training s']?.median ?? 0,
      megabytes: of['model MB']?.median ?? 0,
      microseconds: of['one headline µs']?.median ?? 0,
    }))
    .sort((one, other) => other.accuracy - one.accuracy);
}

const measures = [
  ['accuracy', 'Accuracy on new stories'],
  ['trainingSeconds', 'Training, seconds'],
  ['megabytes', 'Artifact, megabytes'],
  ['microseconds', 'One headline, microseconds'],
] as const;

/**
 * Architectures by accuracy, training time, size and latency: a panel for each, with a scale of its own.
 * @param rows what `measuredArchitectures()` gave, or your own
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
      type: 'bar',
      orientation: 'h',
      x: values,
      y: rows.map(({ architecture }) => architecture),
      text: texts,
      textposition: 'auto',
      hovertext: rows.map(({ architecture }, row) => hoverText(`${architecture}: ${heading}: ${texts[row]}`)),
      hoverinfo: 'text',
      marker: { color: rows.map((_, row) => colourAt(row)) },
    };
    return { heading, trace };
  });
  const title = 'The architectures, as the benchmark has measured them';
  return inPanels(panels, {
    title,
    x: '',
    panelHeight: 24 + 26 * rows.length,
    xaxis: { rangemode: 'tozero' },
    yaxis: { autorange: 'reversed', showgrid: false },
  });
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}
