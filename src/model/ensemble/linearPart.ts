// Architecture ensemble, its linear part in training: titles → n-grams → support vector machines. It needs nothing of the
// other part, so that where there are many titles a thread of its own learns it meanwhile.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../platform/errors';
import { type SvmRows, type TrainedSvm, trainLinearSvm } from './linearSvm';
import { encodeTitles } from './ngrams';

/** What the linear part is learnt from; a thread can be given it. */
export interface LinearTask extends Omit<SvmRows, 'titles'> {
  /** Titles. */
  training: readonly string[];
  validation: readonly string[];
  seed: number;
}

export interface LinearPart extends Omit<TrainedSvm, 'scores'> {
  /** Of the validation titles [titles, labels]. */
  validationScores: Float32Array;
}

/** What the thread is given. */
export interface ThreadTask {
  task: LinearTask;
  /** One number, which is no longer 0 when the learning is to end. */
  stopped: Int32Array;
}

/** From so many titles on, a thread saves more than its start takes. */
const manyTitles = 2000;

/** The same task gives the same part, in a thread or not. Where `signal` ends it, it is what has been learnt so far. */
export async function trainLinearPart(task: LinearTask, signal: AbortSignal): Promise<LinearPart> {
  if (task.training.length < manyTitles) return await learnLinearPart(task, () => signal.aborted);
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const stop = () => void Atomics.store(stopped, 0, 1);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const workerData: ThreadTask = { task, stopped };
  const thread = new Worker(join(__dirname, 'linearPartThread.js'), { workerData });
  try {
    return await new Promise<LinearPart>((done, failed) => {
      thread.once('message', done).once('error', (error) => failed(asOwn(error)));
      thread.once('exit', (code) => failed(new Error(`The thread ended with exit code ${code}.`)));
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The error as it was thrown in the thread: on its way here it loses its class. */
function asOwn(error: Error): Error {
  return error.name === 'UserError' ? new UserError(error.message) : error;
}

export async function learnLinearPart(task: LinearTask, isStopped: () => boolean): Promise<LinearPart> {
  const { seed, training, validation, ...rows } = task;
  const titles = await encodeTitles([...training, ...validation]);
  const { scores, ...part } = await trainLinearSvm({ titles, ...rows }, { seed, isStopped });
  return { ...part, validationScores: scores };
}
