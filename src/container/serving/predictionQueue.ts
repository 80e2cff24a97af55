// Step 8: requests whose bodies have arrived wait here for the model. Each turn of the event loop works for some
// milliseconds, on a part of a long list or on many short requests at once, so that /ping and others have their turn.
import type { Prediction } from '../../model/training/classifier';
import { longestText } from '../../text/tokenizer';
import { RequestError } from './requestError';

/** A request that waits for predictions. */
export interface Job {
  /** Of its body. */
  readonly bytes: number;
  /** When it is given up, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Whether nobody waits for the answer any more. */
  isGone(): boolean;
  /** The first headlines, then the next ones; undefined when there are no more. May throw a {@link RequestError}. */
  read(): readonly string[] | undefined;
  /** Takes the next prediction; they come in the order of the headlines. */
  take(prediction: Prediction): void;
  /** After the last prediction was taken. */
  finish(): void;
  /** Instead of any further call. */
  fail(error: unknown): void;
}

export interface QueueLimits {
  /** Where what waits needs longer, by the speed so far, a new request is refused. */
  waitSeconds: number;
  /** Of the bodies and answers held in memory; a request that comes alone may exceed it. */
  heldBytes: number;
}

export interface PredictionQueue {
  /**
   * The error with which so many bytes more are refused, if they are.
   * @param own what the same request holds already
   */
  refusal(bytes: number, own: number): RequestError | undefined;
  add(job: Job): void;
  /** Counts bytes held outside of the queue: positive when they come, negative when they go. */
  hold(bytes: number): void;
  /**
   * Told of each new connection. The event loop accepts one in each turn, so that where many wait for it, as /ping may,
   * turns without work come first for some milliseconds.
   */
  makeRoom(): void;
  /** How many requests wait. */
  size(): number;
}

/** How long a turn may work before others have theirs. */
const turnMilliseconds = 2;

/** The work of a headline beside that for its characters, in characters. */
const headlineWeight = 64;

/** How long turns without work may follow each other, at least; else as long as the last turn with work took. */
const leastRoomMilliseconds = 4;

/** A turn takes at least so much, however long it works: a slow model is faster on many headlines at once. */
const leastWeight = 64 * headlineWeight;

/** A turn takes no more, and one text: those that follow may be in a script that takes far longer to read. */
const mostWeight = 512 * headlineWeight;

/** How much work, at least, makes a stretch by which speed is told, and how many count. */
const speedMilliseconds = 50;
const stretchesKept = 5;

interface Entry {
  readonly job: Job;
  titles: readonly string[];
  /** How many of `titles` are done. */
  done: number;
}

interface Share {
  readonly entry: Entry;
  readonly count: number;
}

export function createPredictionQueue(
  predict: (titles: readonly string[]) => Prediction[],
  limits: QueueLimits,
): PredictionQueue {
  let entries: Entry[] = [];
  let isScheduled = false;
  let needsRoom = false;
  let workedUntil = 0;
  let roomMilliseconds = leastRoomMilliseconds;
  let waitingBytes = 0;
  let heldBytes = 0;
  let weightPerTurn = leastWeight;
  const speed = createSpeed();

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(turn);
  }

  function turn(): void {
    isScheduled = false;
    const begun = performance.now();
    if (needsRoom && begun - workedUntil < roomMilliseconds) {
      needsRoom = false;
      schedule();
      return;
    }
    const shares: Share[] = [];
    const titles: string[] = [];
    let weight = 0;
    let next = 0;
    while (next < entries.length && weight < weightPerTurn) {
      const now = performance.now();
      if (now - begun > turnMilliseconds) break;
      const entry = entries[next] as Entry;
      if (isOver(entry, now) || !hasTitles(entry)) {
        next += 1;
        continue;
      }
      // Where reading its headlines has taken the turn's time, they are predicted in the next one.
      if (performance.now() - begun > turnMilliseconds) break;
      next += 1;
      // A long list leaves half of what is left to those behind it.
      const most = weight + (weightPerTurn - weight) / 2;
      const first = titles.length;
      do {
        const title = entry.titles[entry.done + titles.length - first] as string;
        titles.push(title);
        weight += headlineWeight + Math.min(title.length, longestText);
      } while (weight < most && entry.done + titles.length - first < entry.titles.length);
      shares.push({ entry, count: titles.length - first });
    }
    entries = entries.slice(next);
    const predicting = performance.now();
    settle(shares, titles);
    const ended = performance.now();
    if (weight > 0) adapt(weight, ended - predicting);
    speed.add(ended - begun);
    workedUntil = ended;
    roomMilliseconds = Math.max(leastRoomMilliseconds, ended - begun);
    if (entries.length > 0) schedule();
  }

  /** Learns how much work fits into a turn. */
  function adapt(weight: number, milliseconds: number): void {
    const fitting = (weight * turnMilliseconds) / Math.max(milliseconds, 0.001);
    weightPerTurn = Math.max(leastWeight, Math.min(fitting, 2 * weightPerTurn, mostWeight));
  }

  function settle(shares: readonly Share[], titles: readonly string[]): void {
    if (shares.length === 0) return;
    let predictions: Prediction[];
    try {
      predictions = predict(titles);
    } catch (error) {
      if (shares.length === 1) fail((shares[0] as Share).entry, error);
      else settleEach(shares, titles);
      return;
    }
    let at = 0;
    for (const { entry, count } of shares) {
      deliver(entry, predictions, at, count);
      at += count;
    }
  }

  /** One request's headlines, on which the model fails, do not fail the others'. */
  function settleEach(shares: readonly Share[], titles: readonly string[]): void {
    let at = 0;
    for (const share of shares) {
      settle([share], titles.slice(at, at + share.count));
      at += share.count;
    }
  }

  function deliver(entry: Entry, predictions: readonly Prediction[], from: number, count: number): void {
    try {
      for (let at = from; at < from + count; at++) entry.job.take(predictions[at] as Prediction);
    } catch (error) {
      fail(entry, error);
      return;
    }
    entry.done += count;
    if (hasTitles(entry)) entries.push(entry);
  }

  /** Whether a headline is left to predict; where none is, the job has been finished, or has failed. */
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
        remove(entry);
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
      remove(entry);
      return true;
    }
    if (now < entry.job.deadline) return false;
    fail(entry, new RequestError(503, 'The answer would come too late. Send fewer headlines at a time.', 1));
    return true;
  }

  function finish({ job }: Entry): void {
    try {
      job.finish();
    } catch (error) {
      job.fail(error);
    }
  }

  function fail(entry: Entry, error: unknown): void {
    remove(entry);
    entry.job.fail(error);
  }

  function remove({ job: { bytes } }: Entry): void {
    waitingBytes -= bytes;
    heldBytes -= bytes;
    speed.finish(bytes);
  }

  return {
    size: () => entries.length,
    makeRoom() {
      needsRoom = true;
    },
    refusal(bytes, own) {
      const seconds = waitingBytes * speed.secondsPerByte();
      const isFull = heldBytes > own && heldBytes + bytes > limits.heldBytes;
      if (seconds <= limits.waitSeconds && !isFull) return undefined;
      return new RequestError(
        503,
        'More requests wait than can be answered soon. Send this one again when Retry-After says.',
        Math.max(1, Math.ceil(seconds)),
      );
    },
    hold(bytes) {
      heldBytes += bytes;
    },
    add(job) {
      waitingBytes += job.bytes;
      heldBytes += job.bytes;
      entries.push({ job, titles: [], done: 0 });
      schedule();
    },
  };
}

/**
 * Seconds for each byte of the requests that were finished lately. Of the last stretches of work the fastest counts: one
 * in which the machine stood still says nothing of the next.
 */
function createSpeed() {
  let milliseconds = 0;
  let bytes = 0;
  let stretches: number[] = [];
  // A first guess: slower than any model that answers without TensorFlow.
  let perByte = 1e-6;
  return {
    secondsPerByte: () => perByte,
    add(worked: number) {
      milliseconds += worked;
      if (milliseconds < speedMilliseconds || bytes === 0) return;
      stretches = [...stretches.slice(1 - stretchesKept), milliseconds / 1000 / bytes];
      perByte = Math.min(...stretches);
      [milliseconds, bytes] = [0, 0];
    },
    finish(read: number) {
      bytes += read;
    },
  };
}
