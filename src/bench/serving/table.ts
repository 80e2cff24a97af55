// The serving benchmark's measures, and its table: a row for each goal, with the figure beside which it is set.
import { type Figure, formatFigure, type Measurements } from '../common/measure';

/** What is measured, as the results name it. */
export const measures = {
  speed: 'requests a second',
  p50: 'p50 at saturation, ms',
  p99: 'p99 at saturation, ms',
  halfP50: 'p50 at half of it, ms',
  halfP99: 'p99 at half of it, ms',
  json: 'headlines a second, JSON in 500s',
  jsonLines: 'headlines a second, JSON Lines in 500s',
  start: 'seconds to the first 200 on /ping',
  memory: 'resident memory, MB',
} as const;

/** The contestants, as the results name them. */
export const names = {
  ours: 'this workshop',
  bare: 'the smallest Node server',
  reloading: 'Keras, Flask and gunicorn, the model reloaded each time',
  keeping: 'Keras, Flask and gunicorn, the model kept',
  linear: 'scikit-learn and FastAPI',
  fastText: 'fastText in process',
} as const;

interface Goal {
  measure: keyof typeof measures;
  beside: keyof typeof names;
  /** The other's measure, where it is called otherwise. */
  theirs?: keyof typeof measures;
  /** What the ratio of ours to theirs is to be, at least or at most. */
  least?: number;
  most?: number;
}

const goals: readonly Goal[] = [
  { measure: 'speed', beside: 'bare', least: 0.8 },
  { measure: 'p50', beside: 'bare', most: 1.5 },
  { measure: 'p99', beside: 'bare', most: 2 },
  { measure: 'halfP50', beside: 'bare', most: 1.5 },
  { measure: 'halfP99', beside: 'bare', most: 2 },
  { measure: 'speed', beside: 'reloading', least: 5000 },
  { measure: 'speed', beside: 'keeping', least: 500 },
  { measure: 'speed', beside: 'linear', least: 20 },
  { measure: 'json', beside: 'fastText', least: 1 },
  { measure: 'jsonLines', beside: 'fastText', theirs: 'json', least: 1 },
  { measure: 'start', beside: 'keeping', most: 0.1 },
  { measure: 'memory', beside: 'keeping', most: 1 / 3 },
];

/** Markdown; a ratio is this workshop's median to the other's. */
export function toGoalTable({ task, rounds, figures }: Measurements): string {
  const rows = goals.map(({ measure, beside, theirs = measure, least, most }) => {
    const our = figureOf(figures, 'ours', measure);
    const their = figureOf(figures, beside, theirs);
    const ratio = our.median / their.median;
    const goal =
      least === undefined ? `at most ${round(most as number)}` : `at least ${least.toLocaleString('en')}`;
    const isMet = ratio >= (least ?? 0) && ratio <= (most ?? Number.POSITIVE_INFINITY);
    const cells = [measures[measure], formatFigure(our), names[beside], formatFigure(their)];
    return `| ${[...cells, round(ratio), `${goal}${isMet ? '' : ': missed'}`].join(' | ')} |`;
  });
  return [
    `${task}. Median of ${rounds} rounds in turn (smallest–largest).`,
    '',
    `| | ${names.ours} | beside | | ratio | goal |`,
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function figureOf(
  figures: Measurements['figures'],
  name: keyof typeof names,
  measure: keyof typeof measures,
): Figure {
  return figures[names[name]]?.[measures[measure]] as Figure;
}

function round(ratio: number): string {
  return ratio >= 100 ? Math.round(ratio).toLocaleString('en') : ratio.toPrecision(2);
}
