// The learning curves of a training job, drawn again after each epoch.
import type { PlotData } from 'plotly.js';
import { axis, type Figure, series, withLayout } from '../../display/figure';
import type { EpochMetrics } from '../../model/training/metrics';

/** The largest number of epochs with a tick each. */
const tickedEpochs = 12;

/**
 * Curves of accuracy (left) and loss (right) by epoch, for training and, if measured, for validation. A single epoch gives
 * points.
 * @example
 * ```ts
 * workshop.show(workshop.trainingCurves(result.metrics, job.name));
 * ```
 */
export function trainingCurves(metrics: readonly EpochMetrics[], title = 'Training'): Figure {
  const epochs = metrics.map(({ epoch }) => epoch);
  const curve = (name: 'accuracy' | 'loss', panel: '' | '2', isValidation: boolean): Partial<PlotData> => ({
    type: 'scatter',
    mode: metrics.length > 2 * tickedEpochs ? 'lines' : 'lines+markers',
    marker: { size: 9 },
    name: isValidation ? 'validation' : 'training',
    legendgroup: isValidation ? 'validation' : 'training',
    showlegend: panel === '',
    x: epochs,
    y: metrics.map(
      (epoch) => epoch[(isValidation ? `validation_${name}` : name) as keyof EpochMetrics] ?? null,
    ),
    xaxis: `x${panel}`,
    yaxis: `y${panel}`,
    line: { color: series[isValidation ? 0 : 1], width: 3 },
    hovertemplate: `epoch %{x}: ${name} %{y:${name === 'accuracy' ? '.1%' : '.3f'}}`,
  });
  const sides = metrics.some(({ validation_loss }) => validation_loss !== undefined)
    ? [false, true]
    : [false];
  const traces = sides.flatMap((side) => [curve('accuracy', '', side), curve('loss', '2', side)]);
  const figure = withLayout(traces, { title, x: 'epoch', y: 'accuracy' });
  const epochAxis = {
    ...axis('epoch'),
    ...(metrics.length <= tickedEpochs && { tickmode: 'array', tickvals: epochs }),
  } as const;
  Object.assign(figure.layout, {
    grid: { rows: 1, columns: 2, pattern: 'independent', xgap: 0.24 },
    xaxis: epochAxis,
    xaxis2: epochAxis,
    yaxis: { ...axis('accuracy'), tickformat: '.0%' },
    yaxis2: axis('loss'),
  });
  return figure;
}
