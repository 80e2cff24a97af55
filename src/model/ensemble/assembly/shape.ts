// Numbers that fix shapes; see src/model/ensemble/wordFilters.ts.

/** Bytes of four numbers, which are worked on at a time. */
export const lanes: usize = 16;

/** Bytes of a word vector: float32, a multiple of 4 of them. */
export let vectorBytes: usize = 0;
/** Of one word, and as many of two; a multiple of 8. */
export let filters: usize = 0;
export let labels: usize = 0;
/** Words of a title at most. */
export let maxLength: usize = 0;

/** Bytes of a word's answers: to filters of one word, and to the first and the second words of those of two. */
export function answerBytes(): usize {
  return filters * 12;
}

/** Bytes of a title's largest answers, one for each filter. */
export function pooledBytes(): usize {
  return filters * 8;
}
