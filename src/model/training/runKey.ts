// What tells one training run from another, so that a checkpoint is continued by its own run only.
import { createHash } from 'node:crypto';
import type { Examples } from './examples';
import type { Hyperparameters } from './settings';

/** Everything that decides what a run learns. */
export interface RunParts {
  /** Before the first step, the word vectors among them. */
  weights: readonly Float32Array[];
  examples: { training: Examples; validation: Examples };
  vocabulary: readonly string[];
  /** Where more is learnt from them than from their tokens. @default none */
  titles?: readonly string[];
  labels: readonly string[];
  hyperparameters: Hyperparameters;
  versions: Readonly<Record<string, string>>;
}

/** To be raised when the same input no longer means the same steps. */
const version = 3;

/**
 * Sixteen hexadecimal digits, the same for the same parts. `epochs` is not among them: a run may be continued for
 * longer than was planned.
 */
export function runKey({
  weights,
  examples,
  vocabulary,
  titles = [],
  labels,
  hyperparameters,
  versions,
}: RunParts): string {
  const { epochs: _, ...others } = hyperparameters;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([version, versions, others, labels, vocabulary, titles]));
  for (const { tokens, labels } of [examples.training, examples.validation]) {
    hash.update(`${labels.length} rows`).update(tokens).update(labels);
  }
  for (const values of weights) hash.update(`${values.length} numbers`).update(values);
  return hash.digest('hex').slice(0, 16);
}
