// The trials of a tuning job as parallel coordinates and as a table.
import type { PlotData } from 'plotly.js';
import { type Figure, ink, type ParallelAxis, series, withLayout } from '../../display/figure';
import { extremes } from '../../platform/format';
import type { Trial, TuningJobDescription } from '../../session/contract/tuning';

/** The largest number of ticks on an axis. */
const ticks = 5;

/**
 * Parallel coordinates with an axis for each tuned hyperparameter and for the objective. Each measured trial is a line,
 * coloured by its objective. Drag along an axis to select lines.
 * @param description the result of a tuning job's `describe()` or `wait()`
 * @example
 * ```ts
 * workshop.show(workshop.tuningChart(tuned));
 * ```
 */
export function tuningChart({ name, objective, trials }: TuningJobDescription, title = name): Figure {
  const measured = trials.filter((trial) => trial.objective !== undefined);
  const values = measured.map((trial) => trial.objective as number);
  const names = Object.keys(trials[0]?.hyperparameters ?? {});
  const axes = [
    ...names.map((one) => axisOf(one, measured)),
    { label: objective, values, ...spread(values) },
  ];
  const lines = {
    type: 'parcoords',
    line: {
      color: values,
      colorscale: [
        [0, series[1]],
        [1, series[2]],
      ],
      showscale: false,
    },
    dimensions: axes,
    labelfont: { color: ink, size: 13 },
    tickfont: { color: ink, size: 12 },
    rangefont: { color: 'rgba(0,0,0,0)', size: 1 },
  } as unknown as Partial<PlotData>;
  const figure = withLayout([lines], { title, x: '', y: '' });
  figure.layout.margin = { l: 90, r: 90, t: 110, b: 30 };
  return figure;
}

function axisOf(label: string, trials: readonly Trial[]): ParallelAxis {
  const given = trials.map(({ hyperparameters }) => hyperparameters[label] as string | number);
  if (given.every((value) => typeof value === 'number')) {
    const numbers = given as number[];
    const [least, most] = extremes(numbers);
    const isWide = least > 0 && most / least >= 10;
    if (!isWide) return { label, values: numbers, ...spread(numbers) };
    // Parallel coordinates have no logarithmic axes.
    const logs = numbers.map(Math.log10);
    const shown = spread(logs);
    const texts = numbers.map(short);
    return {
      label,
      values: logs,
      texts,
      ...shown,
      ticktext: shown.tickvals.map((tick) => short(10 ** tick)),
    };
  }
  const choices = [...new Set(given.map(String))].sort();
  return {
    label,
    values: given.map((value) => choices.indexOf(String(value))),
    texts: given.map(String),
    tickvals: choices.map((_, at) => at),
    ticktext: choices.map((choice) => choice || 'empty'),
    range: [-0.5, choices.length - 0.5],
  };
}

/** Returns ticks from the least to the most, both included. */
function spread(values: readonly number[]): {
  tickvals: number[];
  ticktext: string[];
  range: [number, number];
} {
  const [least, most] = values.length > 0 ? extremes(values) : [0, 1];
  const margin = most > least ? 0 : Math.abs(most) / 10 || 1;
  const range: [number, number] = [least - margin, most + margin];
  const count = most > least ? ticks : 1;
  const even = Array.from({ length: count }, (_, at) =>
    count === 1 ? least : least + ((most - least) * at) / (count - 1),
  );
  const tickvals = values.every(Number.isInteger) ? [...new Set(even.map(Math.round))] : even;
  return { tickvals, ticktext: tickvals.map(short), range };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/**
 * Returns the trials as rows for `showTable()`: the best first, unmeasured ones last in the order of their start.
 * @example
 * ```ts
 * workshop.showTable(workshop.trialTable(tuned));
 * ```
 */
export function trialTable({ trials, objective, best }: TuningJobDescription): object[] {
  const sign = objective.endsWith('loss') ? 1 : -1;
  const rank = (trial: Trial) => (trial.objective === undefined ? Infinity : sign * trial.objective);
  const rows = trials.map((trial, at) => ({ trial, at }));
  rows.sort((one, other) => {
    const [first, second] = [rank(one.trial), rank(other.trial)];
    return first === second ? one.at - other.at : first - second;
  });
  return rows.map(({ trial, at }) => ({
    trial: at + 1,
    status: trial.name === best?.name ? `${trial.status}, the best` : trial.status,
    [objective]: trial.objective?.toFixed(4) ?? '',
    ...Object.fromEntries(Object.entries(trial.hyperparameters).map(([name, value]) => [name, shown(value)])),
    seconds: Math.round(trial.seconds),
    reason: trial.reason?.split('\n')[0]?.slice(0, 120) ?? '',
  }));
}

function shown(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : value || 'empty';
}
