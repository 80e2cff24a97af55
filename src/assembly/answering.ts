// How a trained ensemble answers. See src/ensembleClassifier.ts.
import { answerFilters, pool, toLogits } from './filters';
import { vectors } from './training';
import { answers, logits } from './weights';

/** The first of `vectors` → answers, at a place from `answers`. */
export function answerWord(place: usize): void {
  answerFilters(vectors, 1, answers + place);
}

/** From the words of a title, in `title`, to its logits. */
export function answerTitle(words: usize): void {
  pool(words);
  toLogits(logits);
}
