// The next trial of a tuning job on this machine: quasi-random, so that any number of trials covers the ranges evenly. It
// does not depend on scores, so a search continues from its trials after any interruption.
import { createHash } from 'node:crypto';
import { type Random, seededRandom, shuffled } from '../../data/random';
import { type Dimension, type Values, valuesAt } from '../contract/searchSpace';

/** Points tried before a combination of values comes again. */
const mostAttempts = 200;
/** Digits beyond this share of a range change no trial. */
const smallestShare = 1e-9;

/**
 * Returns the values of the trial after those given. A combination comes again only if no new one is found.
 * @param seed the same seed proposes the same trials
 */
export function propose(space: readonly Dimension[], tried: readonly Values[], seed: number): Values {
  const seen = new Set(tried.map((values) => JSON.stringify(values)));
  let values: Values = {};
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    values = valuesAt(space, pointAt(tried.length + attempt, space.length, seed));
    if (!seen.has(JSON.stringify(values))) break;
  }
  return values;
}

/**
 * Returns a point of Halton's sequence (1960) in the unit cube, with digits permuted at random (Owen, 2017): the plain
 * sequence rises in step in its later dimensions.
 */
function pointAt(index: number, dimensions: number, seed: number): number[] {
  return primes(dimensions).map((base) => permutedInverse(index, base, randomOf(seed, base)));
}

/** Mirrors the digits of the index at the point: 6 = 110 in base 2 → 0.011, each digit permuted. */
function permutedInverse(index: number, base: number, random: Random): number {
  let result = 0;
  for (let rest = index, share = 1 / base; share > smallestShare; rest = Math.floor(rest / base)) {
    const digits = shuffled(Array(base).keys(), random);
    result += share * (digits[rest % base] as number);
    share /= base;
  }
  return result;
}

/** Hashes the seed: generators with similar seeds start similarly. */
function randomOf(seed: number, base: number): Random {
  return seededRandom(createHash('sha256').update(`${seed} ${base}`).digest().readInt32LE());
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((one) => candidate % one !== 0)) found.push(candidate);
  }
  return found;
}
