// Step 8: predictions for nobody, before the first request: so that this is no slower than the next ones, and so that a
// model which gives no probabilities never gets a request.
import type { Classifier } from './classifier';
import { UserError } from './errors';

const titles: readonly string[] = [
  '',
  'Stocks rally as central bank holds interest rates',
  'Film festival opens with a drama of two sisters',
  'Doctors warn of early flu season, vaccine is on its way',
  'Probe lands on comet & sends “first” pictures – 日本',
];
const milliseconds = 50;

/** Throws a {@link UserError} where the model's answers are not probabilities. */
export function warmUp(classifier: Pick<Classifier, 'predict'>): void {
  checkProbabilities(classifier);
  const end = performance.now() + milliseconds;
  while (performance.now() < end) for (const title of titles) classifier.predict([title]);
}

/** The check of {@link warmUp} alone. */
export function checkProbabilities({ predict }: Pick<Classifier, 'predict'>): void {
  for (const { probabilities } of predict(titles)) {
    const sum = Object.values(probabilities).reduce((total, probability) => total + probability, 0);
    if (Math.abs(sum - 1) < 0.01) continue;
    throw new UserError(
      `The model artifact cannot be used: the probabilities that it gives have the sum ${sum} instead of 1. Train ` +
        'again, or deploy another artifact.',
    );
  }
}
