// Words that programs write into cells that have no value.

/** Words for "empty" without punctuation; a cell of punctuation alone leaves the first. */
const emptyWords = new Set([
  '',
  ...['nan', 'none', 'null', 'nil', 'na', 'nat', 'undefined', 'missing', 'empty', 'blank'],
  ...['notavailable', 'notapplicable', 'unlabeled', 'unlabelled', 'nolabel'],
]);
const emptySigns = /^(\\n|#(n\/a|na|null!|ref!|value!|div\/0!|num!|name\?).*)$/i;

/** Whether a cell holds a word for an empty one, such as `nan` or `N/A`. */
export function meansEmpty(cell: string): boolean {
  const word = cell.toLowerCase().replaceAll(/[\s._/<>()[\]{}?\p{Pd}]/gu, '');
  return emptyWords.has(word) || emptySigns.test(cell);
}
