// Words of scripts that put no spaces between them, such as Chinese, Japanese and Thai.

/** Runs of text in scripts that put no spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]+/gu;
/** Created when a title needs it, because its tables are large. */
let segmenter: Intl.Segmenter | undefined;

/** UTF-16 code units segmented at a time: the segmenter copies its whole input into each segment. */
const segmentedAtOnce = 256;

/** Puts spaces around the words of scripts without spaces. */
export function partWords(text: string): string {
  const runs = text.match(unspaced);
  if (!runs) return text;
  const parted = toBatches(runs).flatMap((batch) => wordsOf(batch).join(' ').split('\n'));
  let at = 0;
  return text.replace(unspaced, () => ` ${parted[at++]} `);
}

/** Joins short runs with line ends, where words always end: a call of the segmenter costs as much as ten words. */
function toBatches(runs: readonly string[]): string[] {
  const batches: string[] = [];
  for (const run of runs) {
    const last = batches.length - 1;
    const joined = last < 0 ? run : `${batches[last]}\n${run}`;
    if (last >= 0 && joined.length <= segmentedAtOnce) batches[last] = joined;
    else batches.push(run);
  }
  return batches;
}

/** Returns the words of a text, and its line ends. */
function wordsOf(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
  const words: string[] = [];
  for (let start = 0; start < text.length; ) {
    const isLast = text.length - start <= segmentedAtOnce;
    const segments = [...segmenter.segment(text.slice(start, start + segmentedAtOnce))];
    // The cut may have torn the last word: segment it again with what follows.
    const torn = isLast || segments.length === 1 ? undefined : segments.pop();
    for (const { segment, isWordLike } of segments) if (isWordLike || segment === '\n') words.push(segment);
    start += torn?.index ?? segmentedAtOnce;
  }
  return words;
}
