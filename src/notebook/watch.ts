// Follows a training job under the cell: its progress, curves and log, each updated in place.
import { startClock } from '../display/clock';
import { liveChart, liveText, newPlace } from '../display/display';
import { progressBar } from '../display/progressBar';
import { type EpochMetrics, parseProgress, shareOf, type TrainingProgress } from '../model/training/metrics';
import { UserError } from '../platform/errors';
import type { TrainingJob, TrainingJobDescription, TrainingListener } from '../session/contract/session';
import { trainingCurves } from './charts/training';
import { createJobLog, linesHtml } from './jobLog';
import { waitInCell } from './waitInCell';

/** Number of log lines shown while the job runs. Afterwards the log can be unfolded. */
const shownLines = 5;

/**
 * Waits for a training job and shows its progress, curves and log under the cell, updated in place. A long log keeps its
 * first and last 100 lines; notes on the data come last. Interrupting the cell stops the job, which keeps its finished
 * epochs. On AWS the job keeps running unless the session's option `onInterrupt` is `stop`.
 * @param title of the curves; default: the job's name
 * @returns the job's final description, with at least one epoch
 * @throws `UserError` with the failure reason if the job fails, or if it is stopped before its first epoch ends
 * @example
 * ```ts
 * const watched = await workshop.watch(job, 'A thousand headlines');
 * console.log(watched.status); // Completed
 * ```
 */
export async function watch(job: TrainingJob, title = job.name): Promise<TrainingJobDescription> {
  const [bar, draw, place] = [newPlace(), liveChart(), newPlace()];
  const metrics: EpochMetrics[] = [];
  const log = createJobLog();
  let share = 0;
  let speed = '';
  let isShowing = false;
  let isOver = false;
  const clock = startClock((text) => bar(progressBar(share, text)));
  const showLog = () => {
    // Shows lines that arrive together at once.
    if (!isShowing) setImmediate(show);
    isShowing = true;
  };
  const listener: TrainingListener = {
    onLog(line) {
      const progress = parseProgress(line);
      if (progress) {
        share = shareOf(progress);
        speed = `, ${rounded(progress.examplesPerSecond)} examples/s`;
        clock.show(describe(progress));
      } else {
        log.add(line);
        showLog();
      }
    },
    onStatus: (status) => clock.show(status),
    onEpoch(epoch) {
      metrics.push(epoch);
      draw(trainingCurves(metrics, title));
    },
  };
  clock.show(`${job.name} is starting`);
  try {
    const description = await waitInCell(job, listener);
    clock.stop();
    const { status, seconds } = description;
    if (status === 'Completed') share = 1;
    bar(progressBar(share, `${status} after ${seconds.toFixed(1)} s${speed}`));
    if (description.notes.length > 0) liveText()(description.notes.join('\n'));
    return expectEpoch(description);
  } finally {
    isOver = true;
    clock.stop();
    showFolded();
  }

  function show(): void {
    isShowing = false;
    const lines = log.last(shownLines);
    if (!isOver) place({ 'text/html': linesHtml(lines), 'text/plain': lines.join('\n') });
  }

  function showFolded(): void {
    if (log.count === 0) return;
    const lines = log.kept(
      `const job = await session.attachTrainingJob('${job.name}'); await job.wait({ onLog: console.log });`,
    );
    const summary = `Log: ${log.count.toLocaleString('en')} lines`;
    const html = `<details><summary>${summary}</summary>${linesHtml(lines)}</details>`;
    place({ 'text/html': html, 'text/plain': lines.join('\n') });
  }
}

/** Rejects a job without an epoch, because all later cells would fail. */
function expectEpoch(description: TrainingJobDescription): TrainingJobDescription {
  const { name, status, metrics, modelArtifact } = description;
  if (status !== 'Stopped' || metrics.length > 0) return description;
  const kept = modelArtifact ? ` The weights learnt so far are in ${modelArtifact}.` : '';
  throw new UserError(
    `${name} was stopped before its first epoch ended, so it has no metrics.${kept} Run the cell that starts it again.`,
  );
}

function describe({ epoch, epochs, examplesPerSecond, secondsLeft }: TrainingProgress): string {
  return `epoch ${epoch} of ${epochs}, ${rounded(examplesPerSecond)} examples/s, ${secondsLeft} s left`;
}

function rounded(speed: number): string {
  return Number(speed.toPrecision(3)).toLocaleString('en');
}
