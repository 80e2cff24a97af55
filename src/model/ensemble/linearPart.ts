// Architecture ensemble, training of the linear part: titles → n-grams → support vector machines. It does not depend on
// the other part, so a thread trains it meanwhile if there are many titles.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../platform/errors';
import { type SvmRows, type TrainedSvm, trainLinearSvm } from './linearSvm';
import { encodeTitles } from './ngrams';

/** The input of training, which can be sent to a thread. */
export interface LinearTask extends Omit<SvmRows, 'titles'> {
  training: readonly string[];
  validation: readonly string[];
  seed: number;
}

export interface LinearPart extends Omit<TrainedSvm, 'scores'> {
  /** The scores of the validation titles [titles, labels]. */
  validationScores: Float32Array;
}

/** The message to the thread. */
export interface ThreadTask {
  task: LinearTask;
  /** One number, set to 1 to stop the training. */
  stopped: Int32Array;
}

/** With fewer titles, starting a thread takes longer than it saves. */
const manyTitles = 2000;

/** Trains the linear part; the result is the same in a thread or not. If `signal` stops it, it is the state so far. */
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

/** Restores the class of an error from the thread, which is lost on the way. */
function asOwn(error: Error): Error {
  return error.name === 'UserError' ? new UserError(error.message, { cause: error }) : error;
}

export async function learnLinearPart(task: LinearTask, isStopped: () => boolean): Promise<LinearPart> {
  const { seed, training, validation, ...rows } = task;
  const titles = await encodeTitles([...training, ...validation]);
  const { scores, ...part } = await trainLinearSvm({ titles, ...rows }, { seed, isStopped });
  return { ...part, validationScores: scores };
}
