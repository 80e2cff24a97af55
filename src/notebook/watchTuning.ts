// A tuning job while it runs, under the cell: how far it is, its trials as lines and as rows, each updated in its place.
import { drawing, newPlace } from '../display/display';
import { progressBar } from '../display/progressBar';
import { tableHtml } from '../display/table';
import { UserError } from '../platform/errors';
import type { TuningJob, TuningJobDescription } from '../session/contract/tuning';
import { trialTable, tuningChart } from './charts/tuning';
import { waitInCell } from './waitInCell';

/**
 * Waits for a tuning job with its progress, its chart and its trials under the cell, all updated in place. Interrupting the
 * cell stops the job and its trials; on AWS it goes on, unless the session's option `onInterrupt` says `stop`.
 * @param title of the chart; default: the job's name
 * @returns how the job stands at its end
 * @throws `UserError` if the job fails, which it does where all its trials do, or is stopped before its first trial ends
 * @example
 * ```ts
 * const watchedTuning = await workshop.watchTuning(tuning, 'Two trials');
 * console.log(watchedTuning.status); // Completed
 * ```
 */
export async function watchTuning(job: TuningJob, title = job.name): Promise<TuningJobDescription> {
  const [bar, chart, table] = [newPlace(), newPlace(), newPlace()];
  let measured = 0;
  const show = (description: TuningJobDescription) => {
    const { trials, plannedTrials, best, objective } = description;
    const ended = trials.filter(({ status }) => !['InProgress', 'Stopping'].includes(status)).length;
    const figure = best ? `; best ${objective} ${best.objective?.toFixed(4)}` : '';
    bar(progressBar(ended / plannedTrials, `${ended} of ${plannedTrials} trials${figure}`));
    const now = trials.filter((trial) => trial.objective !== undefined).length;
    if (now !== measured) {
      // JupyterLab's Plotly renderer does not draw again over what it has drawn; another type makes a new one.
      chart({ 'text/plain': '' });
      chart(drawing(tuningChart(description, title)));
    }
    measured = now;
    const rows = trialTable(description);
    const text = rows.map((row) => Object.values(row).join(' ')).join('\n');
    table({ 'text/html': tableHtml(rows), 'text/plain': text });
  };
  bar(progressBar(0, `${job.name} is starting`));
  // Above the table, which comes before there is anything to draw.
  chart({ 'text/plain': '' });
  const last = await waitInCell(job, { onTrial: (_, description) => show(description) }, 'tuning job');
  show(last);
  if (last.status !== 'Stopped' || last.best) return last;
  throw new UserError(
    `${job.name} was stopped before its first trial ended, so there is no best trial. Run the cell that starts it again.`,
  );
}
