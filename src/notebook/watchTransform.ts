// Follows a batch transform under the cell: its progress, and at the end its speed.
import { startClock } from '../display/clock';
import { newPlace } from '../display/display';
import { progressBar } from '../display/progressBar';
import type {
  TransformJob,
  TransformJobDescription,
  TransformListener,
  TransformProgress,
} from '../session/contract/session';
import { waitInCell } from './waitInCell';

/**
 * Waits for a batch transform and shows its progress under the cell. Interrupting the cell stops it, and `resume()`
 * continues it. On AWS it keeps running unless the session's option `onInterrupt` is `stop`.
 * @returns its final description
 * @throws `UserError` with the reason if it fails
 * @example
 * ```ts
 * const toScore = await session.upload('../output/to-score', 'to-score');
 * const transform = await session.transform({ input: toScore, modelArtifact: result.modelArtifact! });
 * const scored = await workshop.watchTransform(transform);
 * console.log(scored.status, scored.partsDone); // Completed 2
 * ```
 */
export async function watchTransform(job: TransformJob): Promise<TransformJobDescription> {
  const place = newPlace();
  let share = 0;
  const clock = startClock((text) => place(progressBar(share, text)));
  const listener: TransformListener = {
    onStatus: (status) => clock.show(status),
    onProgress(progress) {
      share = progress.partsDone / Math.max(1, progress.parts);
      clock.show(describe(progress));
    },
  };
  clock.show(`${job.name} is starting`);
  const description = await waitInCell(job, listener, 'batch transform').finally(clock.stop);
  const { status, seconds } = description;
  if (status === 'Completed') share = 1;
  const text = `${status} after ${seconds.toFixed(1)} s: ${describe(description)}${speedOf(description)}`;
  place(progressBar(share, text));
  return description;
}

function describe({ parts, partsDone, headlines }: TransformProgress): string {
  const answered = headlines === 'unknown' ? '' : `, ${headlines.toLocaleString('en')} headlines`;
  return `${partsDone} of ${parts} parts${answered}`;
}

function speedOf({ headlines, seconds }: TransformJobDescription): string {
  if (headlines === 'unknown' || seconds === 0) return '';
  return `, ${Number((headlines / seconds).toPrecision(2)).toLocaleString('en')} headlines/s with the server’s start`;
}
