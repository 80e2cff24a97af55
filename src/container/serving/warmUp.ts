// Step 8: predictions for nobody: a few before the first request, so that a model which gives no probabilities never gets
// one, and more after it, so that the first requests are soon no slower than the next.
import { setImmediate } from 'node:timers/promises';
import type { Classifier } from '../../model/training/classifier';
import { UserError } from '../../platform/errors';

const plain: readonly string[] = [
  '',
  'Stocks rally as central bank holds interest rates',
  'Film festival opens with a drama of two sisters',
  'Doctors warn of early flu season, vaccine is on its way',
];
/** Its characters and script need tables that are not loaded before. */
const particular = 'Probe lands on comet & sends “first” pictures – 日本';
const milliseconds = 50;

/**
 * Asks again and again, in turn with whatever else this process has to do, for 50 ms of its own. Resolves when all
 * that it asks runs as fast as it will.
 */
export async function warmUp({ predict }: Pick<Classifier, 'predict'>): Promise<void> {
  for (let used = 0; used < milliseconds; ) {
    const start = performance.now();
    for (const title of [...plain, particular]) predict([title]);
    used += performance.now() - start;
    await setImmediate();
  }
}

/** Throws a {@link UserError} where the model's answers are not probabilities. */
export function checkProbabilities({ predict }: Pick<Classifier, 'predict'>): void {
  for (const { probabilities } of predict(plain)) {
    const sum = Object.values(probabilities).reduce((total, probability) => total + probability, 0);
    if (Math.abs(sum - 1) < 0.01) continue;
    throw new UserError(
      `The model artifact cannot be used: the probabilities that it gives have the sum ${sum} instead of 1. Train ` +
        'again, or deploy another artifact.',
    );
  }
}
