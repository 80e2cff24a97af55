// The queue of requests whose bodies have arrived. Each turn of the event loop works for some milliseconds, on a part of
// a long list or on many short requests at once, so that it does not delay /ping and other requests.
import type { Prediction } from '../../../model/training/classifier';
import { type Admission, createAdmission, type QueueLimits } from './admission';
import { createBatchSize } from './batch';
import type { Entry, Job } from './job';
import { predictShares } from './predictShares';
import { takeTurn } from './shares';
import { createSteps } from './steps';

export interface PredictionQueue extends Pick<Admission, 'rejection' | 'hold'> {
  add(job: Job): void;
  /**
   * Called for each new connection. The event loop accepts one connection per turn, so if many are waiting, perhaps with
   * a /ping, turns without work come first for some milliseconds.
   */
  makeRoom(): void;
  /** Returns the number of requests waiting. */
  size(): number;
}

/** The shortest time for turns without work; it is at least as long as the last turn with work. */
const leastRoomMilliseconds = 4;

export function createPredictionQueue(
  predict: (titles: readonly string[]) => Prediction[],
  limits: QueueLimits,
): PredictionQueue {
  let entries: Entry[] = [];
  let isScheduled = false;
  let needsRoom = false;
  let workedUntil = 0;
  let roomMilliseconds = leastRoomMilliseconds;
  const admission = createAdmission(limits);
  const steps = createSteps(admission.leave);
  const batchSize = createBatchSize();

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(run);
  }

  function run(): void {
    isScheduled = false;
    const begun = performance.now();
    if (needsRoom && begun - workedUntil < roomMilliseconds) {
      needsRoom = false;
      schedule();
      return;
    }
    const turn = takeTurn(entries, { weight: batchSize.weight(), begun, isReady: steps.isReady });
    entries = entries.slice(turn.passed);
    const predicting = performance.now();
    predictShares(predict, turn, { deliver, fail: steps.fail });
    workedUntil = performance.now();
    if (turn.weight > 0) batchSize.learn(turn.weight, workedUntil - predicting);
    admission.worked(workedUntil - begun);
    roomMilliseconds = Math.max(leastRoomMilliseconds, workedUntil - begun);
    if (entries.length > 0) schedule();
  }

  function deliver(entry: Entry, predictions: readonly Prediction[]): void {
    if (steps.take(entry, predictions)) entries.push(entry);
  }

  return {
    size: () => entries.length,
    makeRoom() {
      needsRoom = true;
    },
    rejection: admission.rejection,
    hold: admission.hold,
    add(job) {
      admission.enter(job.bytes);
      entries.push({ job, titles: [], done: 0 });
      schedule();
    },
  };
}
