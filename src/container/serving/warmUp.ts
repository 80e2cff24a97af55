// Warms up the model with predictions of its own. A few run before the first request, so that a model without valid
// probabilities never serves one; more follow, so that early requests are soon as fast as later ones.
import { setImmediate } from 'node:timers/promises';
import type { Classifier } from '../../model/training/classifier';
import { UserError } from '../../platform/errors';

const plain: readonly string[] = [
  '',
  'Stocks rally as central bank holds interest rates',
  'Film festival opens with a drama of two sisters',
  'Doctors warn of early flu season, vaccine is on its way',
];
/** Contains characters and a script whose tables are loaded on first use. */
const particular = 'Probe lands on comet & sends “first” pictures – 日本';
const milliseconds = 50;

/** Predicts repeatedly for 50 ms of processor time, leaving turns of the event loop to requests. */
export async function warmUp({ predict }: Pick<Classifier, 'predict'>): Promise<void> {
  for (let used = 0; used < milliseconds; ) {
    const start = performance.now();
    for (const title of [...plain, particular]) predict([title]);
    used += performance.now() - start;
    await setImmediate();
  }
}

/** Throws a {@link UserError} if the model's predictions are not probabilities. */
export function checkProbabilities({ predict }: Pick<Classifier, 'predict'>): void {
  for (const { probabilities } of predict(plain)) {
    const sum = Object.values(probabilities).reduce((total, probability) => total + probability, 0);
    if (Math.abs(sum - 1) < 0.01) continue;
    throw new UserError(
      `The model artifact cannot be used: its probabilities add up to ${sum} instead of 1. Train again, or deploy ` +
        'another artifact.',
    );
  }
}
