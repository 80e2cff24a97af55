// The training log's metric line: how an epoch is printed, and the regular expressions that read it again, here
// for live charts and on AWS as the training job's metric definitions.

/** One finished pass over the training rows. Loss is categorical cross-entropy; accuracies lie in [0, 1]. */
export interface EpochMetrics {
  epoch: number;
  loss: number;
  accuracy: number;
  validation_loss?: number;
  validation_accuracy?: number;
}

const names = ['loss', 'accuracy', 'validation_loss', 'validation_accuracy'] as const;

/** SageMaker's MetricDefinitions for the lines that {@link formatEpoch} prints. */
export const metricDefinitions: readonly { Name: string; Regex: string }[] = ['epoch', ...names].map(
  (name) => ({
    Name: name,
    Regex: `(?:^|\\s)${name}=([0-9.eE+-]+)`,
  }),
);

/** For example `epoch=1 epochs=2 loss=0.6021 accuracy=0.7710 validation_loss=… validation_accuracy=… seconds=4.2`. */
export function formatEpoch(metrics: EpochMetrics, epochs: number, seconds: number): string {
  const figures = names.flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [`${name}=${value.toFixed(4)}`];
  });
  return [`epoch=${metrics.epoch}`, `epochs=${epochs}`, ...figures, `seconds=${seconds.toFixed(1)}`].join(
    ' ',
  );
}

/** The metrics on a log line, or undefined where it is not the line of an epoch. */
export function parseEpoch(line: string): EpochMetrics | undefined {
  const found: Record<string, number> = {};
  for (const { Name, Regex } of metricDefinitions) {
    const value = new RegExp(Regex).exec(line)?.[1];
    if (value !== undefined) found[Name] = Number(value);
  }
  const isEpoch = ['epoch', 'loss', 'accuracy'].every((name) => Number.isFinite(found[name]));
  return isEpoch ? (found as unknown as EpochMetrics) : undefined;
}
