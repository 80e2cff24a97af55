// Learning curves: the same network on growing parts of the training stories.
import { type Group, groupByStory } from '../data/groups';
import type { Headline } from '../data/headlines';
import { seededRandom, shuffled } from '../data/random';
import type { Split } from '../data/split';
import { newPlace } from '../display/display';
import { type Figure, hoverText, withLayout } from '../display/figure';
import { progressBar } from '../display/progressBar';
import { UserError } from '../platform/errors';
import { percent } from '../platform/format';
import type { NetworkChoice, Session } from '../session/contract/session';
import { scoreSplit } from './scoredJob';

/** One point of a learning curve. */
export interface LearningPoint {
  stories: number;
  /** Training rows: all headlines of those stories. */
  rows: number;
  /** On the same validation rows for every point. */
  accuracy: number;
}

/**
 * Trains on growing parts of a split's training stories, one job at a time, with a progress bar under the cell. Each
 * part contains the smaller ones. Interrupting the kernel ends it.
 * @param options.fractions of the stories, above 0 and up to 1; default: an eighth, a quarter, a half and all
 * @param options.hyperparameters of every job, and its `network` if it has one of your own; `seed` also draws the stories
 * @throws `UserError` if a job fails or is stopped, or if a fraction is not above 0 and up to 1
 * @example
 * ```ts
 * const quick = { fractions: [0.25, 0.5], hyperparameters: { epochs: 1 } };
 * const curve = await workshop.learningCurve(session, split, quick);
 * console.log(curve.length, curve[0].rows < curve[1].rows); // 2 true
 * ```
 */
export async function learningCurve(
  session: Session,
  split: Split,
  options: { fractions?: readonly number[] } & NetworkChoice = {},
): Promise<LearningPoint[]> {
  const { fractions = [1 / 8, 1 / 4, 1 / 2, 1], hyperparameters = {} } = options;
  const wrong = fractions.find((fraction) => !(fraction > 0 && fraction <= 1));
  if (wrong !== undefined || fractions.length === 0) {
    throw new UserError(`fractions is [${fractions.join(', ')}]; expected numbers above 0 and up to 1.`);
  }
  const groups = groupByStory(split.training);
  const stories = shuffled(new Set(groups), seededRandom(hyperparameters.seed ?? 1));
  const bar = newPlace();
  const points: LearningPoint[] = [];
  const tell = (share = 0) => {
    const last = points.at(-1);
    const text = last ? `${last.rows.toLocaleString('en')} headlines: ${percent(last.accuracy)}` : 'training';
    bar(progressBar((points.length + share) / fractions.length, text));
  };
  tell();
  for (const fraction of fractions) {
    const taken = new Set(stories.slice(0, Math.max(1, Math.round(fraction * stories.length))));
    const training: Headline[] = split.training.filter((_, row) => taken.has(groups[row] as Group));
    const part = { training, validation: split.validation };
    const { accuracy } = await scoreSplit(session, `part-${taken.size}`, part, options, tell);
    points.push({ stories: taken.size, rows: training.length, accuracy });
    tell();
  }
  return points;
}

/**
 * A line with the accuracy on the same validation rows by the number of training rows, on a logarithmic axis.
 * @param points the result of `learningCurve()`
 * @example
 * ```ts
 * workshop.show(workshop.learningCurveChart(curve));
 * ```
 */
export function learningCurveChart(points: readonly LearningPoint[]): Figure {
  const rows = points.map((point) => point.rows);
  const figure = withLayout(
    [
      {
        type: 'scatter',
        mode: 'lines+markers',
        x: rows,
        y: points.map(({ accuracy }) => accuracy),
        marker: { size: 11 },
        line: { width: 3 },
        hovertext: points.map((point) =>
          hoverText(
            `${percent(point.accuracy)} after ${point.rows.toLocaleString('en')} headlines`,
            `of ${point.stories.toLocaleString('en')} stories`,
          ),
        ),
        hoverinfo: 'text',
      },
    ],
    { title: 'Accuracy by number of training headlines', x: 'training headlines', y: 'validation accuracy' },
  );
  const ticks = {
    tickmode: 'array',
    tickvals: rows,
    ticktext: rows.map((count) => count.toLocaleString('en')),
  } as const;
  figure.layout.xaxis = { ...figure.layout.xaxis, type: 'log', ...ticks };
  figure.layout.yaxis = { ...figure.layout.yaxis, tickformat: '.1%' };
  return figure;
}
