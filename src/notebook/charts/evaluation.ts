// Charts of a model's quality, with the uncertainty of each figure.
import type { PlotData } from 'plotly.js';
import { examplesBy } from '../../data/explore';
import { type Figure, hoverText, ink, series, shadesOf, withLayout } from '../../display/figure';
import type { Answer } from '../../model/evaluation/answers';
import type { Interval } from '../../model/evaluation/bootstrap';
import type { Evaluation } from '../../model/evaluation/evaluate';
import { percent } from '../../platform/format';

/**
 * A confusion matrix with expected labels down and predicted labels across. The colour is the share of the row, the number
 * the count.
 * @param evaluation the result of `evaluate()`
 * @param answers the result of `answersOf()`, to show some headlines on hovering over a cell
 * @example
 * ```ts
 * workshop.show(workshop.confusionMatrix(evaluation));
 * ```
 */
export function confusionMatrix(
  { byLabel, confusion }: Evaluation,
  answers: readonly Answer[] = [],
  title = 'Confusion matrix',
): Figure {
  const labels = byLabel.map(({ label }) => label);
  const shares = confusion.map((row, index) => row.map((rows) => rows / (byLabel[index]?.support || 1)));
  const examples = examplesBy(answers, ({ expected, predicted }) => `${expected}\n${predicted}`);
  const hover = labels.map((expected, row) =>
    labels.map((predicted, column) => {
      const titles = (examples.get(`${expected}\n${predicted}`) ?? []).map((answer) => `“${answer.title}”`);
      const count = `${confusion[row]?.[column]} (${percent(shares[row]?.[column] ?? 0)} of ${expected})`;
      return hoverText(`${expected} taken for ${predicted}: ${count}`, ...titles);
    }),
  );
  const cells: Partial<PlotData> = {
    type: 'heatmap',
    x: labels,
    y: labels,
    z: shares,
    text: confusion.map((row) => row.map(String)) as unknown as string[],
    colorscale: shadesOf(series[0]),
    zmin: 0,
    zmax: 1,
    xgap: 2,
    ygap: 2,
    colorbar: { tickformat: '.0%', thickness: 14, outlinewidth: 0 },
    hovertext: hover as unknown as string[],
    hoverinfo: 'text',
  };
  // A separate trace, because a heatmap's numbers have one colour, which is invisible on some cells.
  const places = labels.flatMap((_, row) => labels.map((_, column) => ({ row, column })));
  const counts: Partial<PlotData> = {
    type: 'scatter',
    mode: 'text',
    x: places.map(({ column }) => labels[column] as string),
    y: places.map(({ row }) => labels[row] as string),
    text: places.map(({ row, column }) => String(confusion[row]?.[column])),
    textfont: {
      size: 14,
      color: places.map(({ row, column }) => ((shares[row]?.[column] ?? 0) > 0.4 ? '#ffffff' : ink)),
    },
    hoverinfo: 'skip',
    showlegend: false,
  };
  const figure = withLayout([cells, counts], { title, x: 'predicted', y: 'expected' });
  figure.layout.yaxis = { ...figure.layout.yaxis, autorange: 'reversed', showgrid: false };
  figure.layout.xaxis = { ...figure.layout.xaxis, showgrid: false };
  return figure;
}

/**
 * Bars with precision, recall and F1 of each label, with 95% confidence intervals.
 * @param evaluation the result of `evaluate()`
 * @example
 * ```ts
 * workshop.show(workshop.scoresChart(evaluation));
 * ```
 */
export function scoresChart({ byLabel, intervals }: Evaluation): Figure {
  const names = ['precision', 'recall', 'f1'] as const;
  const traces = names.map((name): Partial<PlotData> => {
    const values = byLabel.map((figures) => figures[name]);
    const ends = intervals.byLabel.map((of) => of[name]);
    return {
      type: 'bar',
      name: name === 'f1' ? 'F1' : name,
      x: byLabel.map(({ label }) => label),
      y: values,
      error_y: errorBars(values, ends),
      hovertext: byLabel.map(({ label, support }, index) =>
        hoverText(
          `${label}, ${name}: ${percent(values[index] ?? 0)}`,
          `95% interval: ${ends[index]?.map(percent).join(' to ')}; ${support} headlines`,
        ),
      ),
      hoverinfo: 'text',
    };
  });
  const title = 'Precision, recall and F1, with 95% intervals';
  const figure = withLayout(traces, { title, x: '', y: '' });
  figure.layout.yaxis = { ...figure.layout.yaxis, tickformat: '.0%', range: [0, 1.02] };
  return figure;
}

/**
 * A reliability diagram: the share of correct predictions by their probability. On the diagonal the model is calibrated;
 * below it the model is overconfident. A larger dot stands for more predictions.
 * @param evaluation the result of `evaluate()` for predictions
 * @example
 * ```ts
 * const calibrated = workshop.evaluate(split.validation, classifier.predict(split.validation.map(({ title }) => title)));
 * workshop.show(workshop.reliabilityDiagram(calibrated));
 * ```
 */
export function reliabilityDiagram({ calibration, rows }: Evaluation): Figure {
  const bins = (calibration?.bins ?? []).filter((bin) => bin.rows > 0);
  const diagonal: Partial<PlotData> = {
    type: 'scatter',
    mode: 'lines',
    name: 'perfect calibration',
    x: [0, 1],
    y: [0, 1],
    line: { dash: 'dot', color: ink, width: 2 },
    hoverinfo: 'skip',
  };
  const dots: Partial<PlotData> = {
    type: 'scatter',
    mode: 'lines+markers',
    name: 'this model',
    x: bins.map(({ confidence }) => confidence),
    y: bins.map(({ accuracy }) => accuracy),
    line: { color: series[0], width: 2 },
    marker: {
      size: bins.map((bin) => 8 + 32 * Math.sqrt(bin.rows / rows)),
      color: series[0],
      opacity: 0.85,
    },
    hovertext: bins.map((bin) =>
      hoverText(
        `${bin.rows} predictions with ${percent(bin.from)} to ${percent(bin.to)}`,
        `predicted: ${percent(bin.confidence)}, correct: ${percent(bin.accuracy)}`,
      ),
    ),
    hoverinfo: 'text',
  };
  const figure = withLayout([diagonal, dots], {
    title: 'Do probabilities mean what they say?',
    x: 'predicted probability',
    y: 'share of correct predictions',
  });
  figure.layout.legend = { ...figure.layout.legend, itemsizing: 'constant' };
  const shares = { tickformat: '.0%', range: [0, 1.05] };
  figure.layout.xaxis = { ...figure.layout.xaxis, ...shares };
  figure.layout.yaxis = { ...figure.layout.yaxis, ...shares };
  return figure;
}

/** Returns Plotly's error bars from values to the ends of their intervals. */
function errorBars(values: readonly number[], ends: readonly Interval[]) {
  return {
    type: 'data',
    symmetric: false,
    array: values.map((value, index) => (ends[index]?.[1] ?? value) - value),
    arrayminus: values.map((value, index) => value - (ends[index]?.[0] ?? value)),
    color: ink,
    thickness: 1.5,
    width: 4,
  } as const;
}
