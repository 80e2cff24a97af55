// The steps of a job in the queue: reads its headlines, takes their predictions, and ends it once.
import type { Prediction } from '../../../model/training/classifier';
import { RequestError } from '../http/requestError';
import type { Entry } from './job';

/** @param leave called with the size of each job that ends */
export function createSteps(leave: (bytes: number) => void) {
  function fail({ job }: Entry, error: unknown): void {
    leave(job.bytes);
    job.fail(error);
  }

  function finish({ job }: Entry): void {
    leave(job.bytes);
    try {
      job.finish();
    } catch (error) {
      job.fail(error);
    }
  }

  /** Returns whether a headline is left to predict. If not, the job has finished or failed. */
  function hasTitles(entry: Entry): boolean {
    while (entry.done === entry.titles.length) {
      let titles: readonly string[] | undefined;
      try {
        titles = entry.job.read();
      } catch (error) {
        fail(entry, error);
        return false;
      }
      if (titles === undefined) {
        finish(entry);
        return false;
      }
      entry.titles = titles;
      entry.done = 0;
    }
    return true;
  }

  function isOver(entry: Entry, now: number): boolean {
    if (entry.job.isGone()) {
      leave(entry.job.bytes);
      return true;
    }
    if (now < entry.job.deadline) return false;
    const tooLate = 'The response would come too late. Send fewer headlines at a time.';
    fail(entry, new RequestError(503, tooLate, 1));
    return true;
  }

  return {
    fail,
    isReady: (entry: Entry, now: number) => !isOver(entry, now) && hasTitles(entry),
    /** Gives the job its predictions. Returns whether a headline is left to predict. */
    take(entry: Entry, predictions: readonly Prediction[]): boolean {
      try {
        for (const prediction of predictions) entry.job.take(prediction);
      } catch (error) {
        fail(entry, error);
        return false;
      }
      entry.done += predictions.length;
      return hasTitles(entry);
    },
  };
}
