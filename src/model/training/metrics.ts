// Writes and parses lines of the training log: an epoch's metrics, the progress within it, and notes on the data.
// Defines the training job's metrics on AWS.

/**
 * The metrics of a finished epoch. Loss is categorical cross-entropy; accuracies lie in [0, 1]. The validation metrics
 * are missing if no rows were held out.
 */
export interface EpochMetrics {
  /** Counted from 1. */
  epoch: number;
  loss: number;
  accuracy: number;
  validation_loss?: number;
  validation_accuracy?: number;
}

const names = ['loss', 'accuracy', 'validation_loss', 'validation_accuracy'] as const;

/** Returns the first metric that is NaN or infinite, for example `loss is NaN`, or undefined if all are finite. */
export function findNonFiniteMetric(metrics: EpochMetrics): string | undefined {
  const [name, value] = Object.entries(metrics).find(([, value]) => !Number.isFinite(value)) ?? [];
  return name && `${name} is ${value}`;
}

/** SageMaker's MetricDefinitions for the lines that {@link formatEpoch} prints. */
export const metricDefinitions: readonly { Name: string; Regex: string }[] = ['epoch', ...names].map(
  (name) => ({
    Name: name,
    Regex: `(?:^|\\s)${name}=(NaN|-?Infinity|[0-9.eE+-]+)`,
  }),
);

/** Returns an epoch's line, for example `epoch=1 epochs=2 loss=0.6021 accuracy=0.7710 validation_loss=… validation_accuracy=… seconds=4.2`. */
export function formatEpoch(metrics: EpochMetrics, epochs: number, seconds: number): string {
  const figures = names.flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [`${name}=${value.toFixed(4)}`];
  });
  return [`epoch=${metrics.epoch}`, `epochs=${epochs}`, ...figures, `seconds=${seconds.toFixed(1)}`].join(
    ' ',
  );
}

/** Returns the metrics on a log line, including NaN and infinity, or undefined if it is not an epoch's line. */
export function parseEpoch(line: string): EpochMetrics | undefined {
  const found: Record<string, number> = {};
  for (const { Name, Regex } of metricDefinitions) {
    const value = new RegExp(Regex).exec(line)?.[1];
    const isNumber = value === 'NaN' || !Number.isNaN(Number(value));
    if (isNumber) found[Name] = Number(value);
  }
  const isEpoch = Number.isFinite(found.epoch) && 'loss' in found && 'accuracy' in found;
  return isEpoch ? (found as unknown as EpochMetrics) : undefined;
}

const noteMark = 'Data note: ';

/** Returns a note's line, for example `Data note: Only 13 rows for validation: …`. */
export function formatNote(note: string): string {
  return noteMark + note;
}

/** Returns the note on a log line, or undefined if it has none. */
export function parseNote(line: string): string | undefined {
  const start = line.indexOf(noteMark);
  return start < 0 ? undefined : line.slice(start + noteMark.length).trim();
}

/** The progress of training within an epoch. */
export interface TrainingProgress {
  epoch: number;
  epochs: number;
  /** Training rows taken in this epoch so far, and rows of the whole epoch. */
  examples: number;
  totalExamples: number;
  examplesPerSecond: number;
  /** Seconds until the last epoch ends, a whole number. */
  secondsLeft: number;
}

/** Returns a progress line, for example `Epoch 1 of 2: 3200 of 11900 examples, 4120 examples/s, 0:05 left`; it matches no metric's expression. */
export function formatProgress(progress: TrainingProgress): string {
  const { epoch, epochs, examples, totalExamples, examplesPerSecond, secondsLeft } = progress;
  return (
    `Epoch ${epoch} of ${epochs}: ${examples} of ${totalExamples} examples, ` +
    `${Number(examplesPerSecond.toPrecision(3))} examples/s, ${formatDuration(secondsLeft)} left`
  );
}

/**
 * Returns the progress on a line of a training log, or undefined for any other line.
 * @example
 * ```ts
 * const line = 'Epoch 1 of 2: 3200 of 11900 examples, 4120 examples/s, 0:05 left';
 * console.log(workshop.parseProgress(line)!.secondsLeft, workshop.parseProgress('Saved.')); // 5 undefined
 * ```
 */
export function parseProgress(line: string): TrainingProgress | undefined {
  const found =
    /\bEpoch (\d+) of (\d+): (\d+) of (\d+) examples, ([0-9.eE+-]+) examples\/s, ([\d:]+) left/.exec(line);
  if (!found) return undefined;
  const [epoch, epochs, examples, totalExamples, examplesPerSecond] = found.slice(1, 6).map(Number);
  const parts = (found[6] as string).split(':');
  const secondsLeft = parts.reduce((total, part) => total * 60 + Number(part), 0);
  return {
    epoch,
    epochs,
    examples,
    totalExamples,
    examplesPerSecond,
    secondsLeft,
  } as TrainingProgress;
}

/** Returns minutes and seconds, 0:05, or with hours, 1:30:00. */
function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const end = twoDigits(whole % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${end}` : `${minutes}:${end}`;
}

/** Returns the share of the training that is done, from 0 to 1. */
export function shareOf({ epoch, epochs, examples, totalExamples }: TrainingProgress): number {
  return (epoch - 1 + examples / totalExamples) / epochs;
}
