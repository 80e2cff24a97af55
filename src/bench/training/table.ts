// The training benchmark's tables: every contestant, made to stand in the README, and each goal with what was reached.
import { percent } from '../../platform/format';
import { type Figure, formatFigure } from '../common/measure';
import { ourName, peerNames } from './contestants';
import { measures, type TrainingFigures } from './figures';

type Results = TrainingFigures & { task: string };

/** Markdown. */
export function toTrainingTable(
  results: Results,
  { largeRows, withGoals }: { largeRows: number; withGoals: boolean },
): string {
  const large = largeRows.toLocaleString('en');
  const head = [
    '',
    'by story',
    'beside it (95%)',
    'macro F1',
    'calibration error',
    'training, s',
    'one headline, µs',
    'model, MB',
    ...(largeRows > 0 ? [`${large} rows, s`, 'peak, MB'] : []),
  ];
  return [
    `${results.task}. By story, F1 and calibration error (15 bins): means over folds and seeds; all else: medians ` +
      `(smallest–largest). Beside it: points of accuracy more than ${ourName}, on the same rows.`,
    '',
    `| ${head.join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...Object.keys(results.figures).map((name) => contestantRow(name, results, largeRows > 0)),
    ...(withGoals ? ['', ...goalLines(results)] : []),
  ].join('\n');
}

function contestantRow(name: string, { figures, differences }: Results, withLarge: boolean): string {
  const ours = figures[name] ?? {};
  const cell = (measure: string, write: (figure: Figure) => string) => {
    const figure = ours[measure];
    return figure ? write(figure) : '';
  };
  const cells = [
    name,
    cell(measures.accuracy, ({ mean }) => percent(mean)),
    name === ourName ? '' : describeDifference(differences[name]),
    cell(measures.macroF1, ({ mean }) => mean.toFixed(3)),
    cell(measures.calibration, ({ mean }) => mean.toFixed(3)),
    cell(measures.seconds, formatFigure),
    cell(measures.microseconds, formatFigure),
    cell(measures.megabytes, formatFigure),
    ...(withLarge ? [cell(measures.largeSeconds, formatFigure), cell(measures.largePeak, formatFigure)] : []),
  ];
  return `| ${cells.map((text) => (name === ourName && text !== '' ? `**${text}**` : text)).join(' | ')} |`;
}

function describeDifference(difference: Results['differences'][string] | undefined): string {
  if (!difference) return '';
  const points = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
  const [low, high] = difference.interval;
  return `${points(difference.mean)} (${points(low)} to ${points(high)})`;
}

interface Goal {
  measure: keyof typeof measures;
  /** The goal is then of the ratio to that contestant's. */
  beside?: string;
  least?: number;
  most?: number;
}

const goals: readonly Goal[] = [
  { measure: 'accuracy', least: 0.895 },
  { measure: 'accuracy', beside: peerNames.best, least: 1 },
  { measure: 'macroF1', least: 0.86 },
  { measure: 'calibration', most: 0.03 },
  { measure: 'seconds', beside: peerNames.best, most: 1 },
  { measure: 'largeAccuracy', beside: peerNames.best, least: 1 },
  { measure: 'largeSeconds', beside: peerNames.best, most: 1 },
  { measure: 'largeSeconds', beside: peerNames.keras, most: 0.25 },
  { measure: 'largePeak', most: 2000 },
  { measure: 'megabytes', most: 10 },
  { measure: 'microseconds', most: 50 },
];

const ofScores: readonly (keyof typeof measures)[] = ['accuracy', 'macroF1', 'calibration'];

function goalLines({ figures }: Results): string[] {
  const reached = (name: string, measure: keyof typeof measures) => {
    const figure = figures[name]?.[measures[measure]];
    return (ofScores.includes(measure) ? figure?.mean : figure?.median) ?? Number.NaN;
  };
  const rows = goals.map(({ measure, beside, least, most }) => {
    const value = reached(ourName, measure) / (beside === undefined ? 1 : reached(beside, measure));
    const isMet = value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
    const what = beside === undefined ? measures[measure] : `${measures[measure]}, ratio to ${beside}`;
    const goal = least === undefined ? `at most ${most}` : `at least ${least}`;
    return `| ${what} | ${Number(value.toPrecision(3))} | ${goal}${isMet ? '' : ': missed'} |`;
  });
  return [`| Goals of ${ourName} | | |`, '|---|---|---|', ...rows];
}
