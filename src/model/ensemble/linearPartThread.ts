// The thread that linearPart.ts starts: trains the linear part, sends it back, and ends.
import { parentPort, workerData } from 'node:worker_threads';
import { learnLinearPart, type ThreadTask } from './linearPart';

const { task, stopped } = workerData as ThreadTask;

void learnLinearPart(task, () => Atomics.load(stopped, 0) !== 0).then((part) => {
  const { inverse, weights, validationScores } = part;
  const numbers = [inverse, weights.weights, weights.bias, validationScores];
  parentPort?.postMessage(
    part,
    numbers.map(({ buffer }) => buffer as ArrayBuffer),
  );
});
