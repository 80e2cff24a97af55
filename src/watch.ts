// A training job while it runs, under the cell: how far it is, its curves, its log, each updated in its place.
import { drawing, liveText, newPlace } from './display';
import { waitInCell } from './interrupt';
import { type EpochMetrics, parseProgress, type TrainingProgress } from './metrics';
import { progressBar } from './progressBar';
import type { TrainingJob, TrainingJobDescription, TrainingListener } from './session';
import { escapeHtml } from './table';
import { trainingCurves } from './trainingChart';

/** While a job runs, so many of the last lines of its log are seen; then it can be unfolded. */
const shownLines = 5;

/**
 * Waits for a training job with its progress, its curves and its log under the cell, all updated in place; at the end, shows
 * the notes on its data. Interrupting the cell stops the job, which keeps what it has learnt; on AWS the job goes on, unless
 * the session's option `onInterrupt` says `stop`.
 * @param title of the curves; default: the job's name
 * @returns how the job stands at its end
 * @throws `UserError` with the failure reason where the job fails
 * @example
 * ```ts
 * const watched = await workshop.watch(job, 'A thousand headlines');
 * console.log(watched.status); // Completed
 * ```
 */
export async function watch(job: TrainingJob, title = job.name): Promise<TrainingJobDescription> {
  const [bar, chart, log] = [newPlace(), newPlace(), newPlace()];
  const metrics: EpochMetrics[] = [];
  const lines: string[] = [];
  let last: TrainingProgress | undefined;
  const showLog = (lines: readonly string[]) =>
    log({ 'text/html': logHtml(lines), 'text/plain': lines.join('\n') });
  const listener: TrainingListener = {
    onLog(line) {
      const progress = parseProgress(line);
      if (progress) {
        last = progress;
        bar(progressBar(shareOf(progress), describe(progress)));
      } else {
        lines.push(line);
        showLog(lines.slice(-shownLines));
      }
    },
    onStatus: (status) => bar(progressBar(last ? shareOf(last) : 0, status)),
    onEpoch(epoch) {
      metrics.push(epoch);
      // JupyterLab's Plotly renderer does not draw again over what it has drawn; another type makes a new one.
      chart({ 'text/plain': '' });
      chart(drawing(trainingCurves(metrics, title)));
    },
  };
  bar(progressBar(0, `${job.name} is starting`));
  try {
    const description = await waitInCell(job, listener);
    const speed = last ? `, ${rounded(last.examplesPerSecond)} examples/s` : '';
    bar(progressBar(1, `${description.status} after ${description.seconds.toFixed(1)} s${speed}`));
    if (description.notes.length > 0) liveText()(description.notes.join('\n'));
    return description;
  } finally {
    showFolded();
  }

  function showFolded(): void {
    const html = `<details><summary>Log: ${lines.length} lines</summary>${logHtml(lines)}</details>`;
    if (lines.length > 0) log({ 'text/html': html, 'text/plain': lines.join('\n') });
  }
}

function shareOf({ epoch, epochs, examples, totalExamples }: TrainingProgress): number {
  return (epoch - 1 + examples / totalExamples) / epochs;
}

function describe({ epoch, epochs, examplesPerSecond, secondsLeft }: TrainingProgress): string {
  return `epoch ${epoch} of ${epochs}, ${rounded(examplesPerSecond)} examples/s, ${secondsLeft} s left`;
}

function rounded(speed: number): string {
  return Number(speed.toPrecision(3)).toLocaleString('en');
}

function logHtml(lines: readonly string[]): string {
  return `<pre style="overflow-x: auto; white-space: pre; margin: 0">${lines.map(escapeHtml).join('\n')}</pre>`;
}
