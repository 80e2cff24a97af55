// Follows a tuning job under the cell: its progress, and its trials as a chart and a table, each updated in place.
import { startClock } from '../display/clock';
import { drawing, newPlace } from '../display/display';
import { progressBar } from '../display/progressBar';
import { tableHtml } from '../display/table';
import { UserError } from '../platform/errors';
import type { TuningJob, TuningJobDescription } from '../session/contract/tuning';
import { trialTable, tuningChart } from './charts/tuning';
import { waitInCell } from './waitInCell';

/**
 * Waits for a tuning job and shows its progress, a chart and its trials under the cell, updated in place. Interrupting the
 * cell stops the job and its trials. On AWS it keeps running unless the session's option `onInterrupt` is `stop`.
 * @param title of the chart; default: the job's name
 * @returns the job's final description
 * @throws `UserError` if all trials fail, or if the job is stopped before its first trial ends
 * @example
 * ```ts
 * const watchedTuning = await workshop.watchTuning(tuning, 'Two trials');
 * console.log(watchedTuning.status); // Completed
 * ```
 */
export async function watchTuning(job: TuningJob, title = job.name): Promise<TuningJobDescription> {
  const [bar, chart, table] = [newPlace(), newPlace(), newPlace()];
  let measured = 0;
  let share = 0;
  const clock = startClock((text) => bar(progressBar(share, text)));
  const show = (description: TuningJobDescription) => {
    const { trials, plannedTrials, best, objective } = description;
    const ended = trials.filter(({ status }) => !['InProgress', 'Stopping'].includes(status)).length;
    const figure = best ? `; best ${objective} ${best.objective?.toFixed(4)}` : '';
    share = ended / plannedTrials;
    clock.show(`${ended} of ${plannedTrials} trials${figure}`);
    const now = trials.filter((trial) => trial.objective !== undefined).length;
    if (now !== measured) {
      // JupyterLab's Plotly renderer does not redraw. An output of another type in between makes a new one.
      chart({ 'text/plain': '' });
      chart(drawing(tuningChart(description, title)));
    }
    measured = now;
    const rows = trialTable(description);
    const text = rows.map((row) => Object.values(row).join(' ')).join('\n');
    table({ 'text/html': tableHtml(rows), 'text/plain': text });
  };
  clock.show(`${job.name} is starting`);
  // Reserves the chart's place above the table, which is shown first.
  chart({ 'text/plain': '' });
  const onTrial = (_: unknown, description: TuningJobDescription) => show(description);
  const last = await waitInCell(job, { onTrial }, 'tuning job').finally(clock.stop);
  show(last);
  if (last.status !== 'Stopped' || last.best) return last;
  throw new UserError(
    `${job.name} was stopped before its first trial ended, so it has no best trial. Run the cell that starts it again.`,
  );
}
