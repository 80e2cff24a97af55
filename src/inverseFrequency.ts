// Step 3, for linear models: how much an n-gram tells by how rare it is in the training titles.

/** Steps per unit, so that a weight fits a byte: 16 for ln(n) up to 15. */
const resolution = 16;

/**
 * The inverse document frequency of an n-gram that `having` titles have, in sixteenths:
 * ln((1 + titles) / (1 + having)) + 1, as scikit-learn's TfidfVectorizer smooths it.
 */
export function inverseFrequency(having: number, titles: number): number {
  return Math.min(255, Math.round(resolution * (Math.log((1 + titles) / (1 + having)) + 1)));
}
