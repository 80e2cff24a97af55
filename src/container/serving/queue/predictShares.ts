// Predicts a turn's headlines together, and separately only if the model fails on them.
import type { Prediction } from '../../../model/training/classifier';
import type { Entry } from './job';
import type { Share } from './shares';

export interface Outcome {
  deliver(entry: Entry, predictions: readonly Prediction[]): void;
  fail(entry: Entry, error: unknown): void;
}

/** Calls `deliver` or `fail` for each share. A request on which the model fails does not fail the others. */
export function predictShares(
  predict: (titles: readonly string[]) => Prediction[],
  { shares, titles }: { shares: readonly Share[]; titles: readonly string[] },
  { deliver, fail }: Outcome,
): void {
  if (shares.length === 0) return;
  const settle = (some: readonly Share[], theirTitles: readonly string[]): void => {
    let predictions: Prediction[];
    try {
      predictions = predict(theirTitles);
      if (predictions.length !== theirTitles.length) {
        throw new Error(
          `The model returned ${predictions.length} predictions for ${theirTitles.length} headlines.`,
        );
      }
    } catch (error) {
      if (some.length === 1) fail((some[0] as Share).entry, error);
      else each(some, theirTitles, (share, titles) => settle([share], titles));
      return;
    }
    each(some, predictions, ({ entry }, theirs) => deliver(entry, theirs));
  };
  settle(shares, titles);
}

/** Calls `visit` with each share and its part of `items`. */
function each<Item>(
  shares: readonly Share[],
  items: readonly Item[],
  visit: (share: Share, items: readonly Item[]) => void,
): void {
  let at = 0;
  for (const share of shares) {
    visit(share, items.slice(at, at + share.count));
    at += share.count;
  }
}
