// Words that programs write into cells without a value.

/** Words for "empty", without punctuation. A cell of punctuation only becomes the empty string. */
const emptyWords = new Set([
  '',
  ...['nan', 'none', 'null', 'nil', 'na', 'nat', 'undefined', 'missing', 'empty', 'blank'],
  ...['notavailable', 'notapplicable', 'unlabeled', 'unlabelled', 'nolabel'],
]);
const emptySigns = /^(\\n|#(n\/a|na|null!|ref!|value!|div\/0!|num!|name\?).*)$/i;

/** Whether a cell contains a word for an empty one, such as `nan` or `N/A`. */
export function meansEmpty(cell: string): boolean {
  const word = cell.toLowerCase().replaceAll(/[\s._/<>()[\]{}?\p{Pd}]/gu, '');
  return emptyWords.has(word) || emptySigns.test(cell);
}
