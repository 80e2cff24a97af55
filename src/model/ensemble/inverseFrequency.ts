// For linear models: the weight of an n-gram by its rarity in the training titles.

/** Steps per unit, so that a weight fits a byte: 16 for ln(n) up to 15. */
const resolution = 16;

/**
 * Returns the inverse document frequency of an n-gram that occurs in `having` titles, in sixteenths:
 * ln((1 + titles) / (1 + having)) + 1, as scikit-learn's TfidfVectorizer smooths it. It is 0 for an n-gram of no title, which
 * therefore does not add to the length of a row, as in scikit-learn.
 */
export function inverseFrequency(having: number, titles: number): number {
  if (having === 0) return 0;
  return Math.min(255, Math.round(resolution * (Math.log((1 + titles) / (1 + having)) + 1)));
}
