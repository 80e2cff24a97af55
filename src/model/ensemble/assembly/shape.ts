// The numbers that fix shapes; see wordFilters.ts in the folder above.

/** Bytes of the four numbers that are processed at a time. */
export const lanes: usize = 16;

/** Bytes of a word vector: float32, a multiple of 4 of them. */
export let vectorBytes: usize = 0;
/** The number of filters of one word, and of those of two words; a multiple of 8. */
export let filters: usize = 0;
export let labels: usize = 0;
/** The most words of a title. */
export let maxLength: usize = 0;

/** Returns the bytes of a word's answers: to filters of one word, and to both words of filters of two. */
export function answerBytes(): usize {
  return filters * 12;
}

/** Returns the bytes of a title's largest answers, one for each filter. */
export function pooledBytes(): usize {
  return filters * 8;
}
