// Step 3, for linear models: how much an n-gram tells by how rare it is, learnt from the training titles.
import { type Ngrams, ngramGroups } from './ngrams';

/** Steps per unit, so that a weight fits a byte: 16 for ln(n) up to 15. */
const resolution = 16;

/**
 * The inverse document frequency of every bucket, in sixteenths: ln((1 + titles) / (1 + titles that have it)) + 1, as
 * scikit-learn's TfidfVectorizer smooths it.
 */
export function learnInverseFrequency({ buckets, starts }: Ngrams, bucketCount: number): Uint8Array {
  const titles = (starts.length - 1) / ngramGroups;
  const frequency = new Uint32Array(bucketCount);
  const lastSeen = new Int32Array(bucketCount).fill(-1);
  for (let title = 0; title < titles; title++) {
    const end = starts[ngramGroups * (title + 1)] as number;
    for (let at = starts[ngramGroups * title] as number; at < end; at++) {
      const bucket = buckets[at] as number;
      if (lastSeen[bucket] === title) continue;
      lastSeen[bucket] = title;
      frequency[bucket] = (frequency[bucket] as number) + 1;
    }
  }
  return Uint8Array.from(frequency, (having) =>
    Math.min(255, Math.round(resolution * (Math.log((1 + titles) / (1 + having)) + 1))),
  );
}

/**
 * What each n-gram of a group is multiplied by, beside its inverse frequency in sixteenths: the group's values then have
 * length 1. 0 where the group is empty.
 */
export function groupScale(
  inverse: Uint8Array,
  buckets: Uint32Array,
  { start, end }: { start: number; end: number },
): number {
  let squares = 0;
  for (let at = start; at < end; at++) {
    const value = inverse[buckets[at] as number] as number;
    squares += value * value;
  }
  return squares > 0 ? 1 / Math.sqrt(squares) : 0;
}
