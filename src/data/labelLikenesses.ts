// Detects labels that may mean the same although they are spelled differently.

/** Labels with the same key may mean the same; `problem` continues the sentence after their names. */
interface Likeness {
  key(label: string): string | undefined;
  problem: string;
}

export const labelLikenesses: readonly Likeness[] = [
  { key: numberKey, problem: 'are equal numbers but separate labels. Write each number one way.' },
  {
    key: setKey,
    problem:
      'have the same parts in another order or with another separator, but are separate labels. Sort the parts.',
  },
  {
    key: wordKey,
    problem:
      'differ only in spaces, hyphens, quotation marks or the width of letters, but are separate labels. Choose one.',
  },
];

/** Returns the normal form of a number as text, so that long ones are not rounded. */
function numberKey(label: string): string | undefined {
  const plain = /^[+-]?[\d.]+e[+-]?\d+$/i.test(label) ? String(Number(label)) : label;
  const match = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(plain.replace(/,(?=\d{1,2}$)/, '.'));
  if (!match || !/\d/.test(plain)) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const digits = `${whole}.${fraction}`;
  return sign === '-' && digits !== '.' ? `-${digits}` : digits;
}

function setKey(label: string): string | undefined {
  const parts = label
    .toLowerCase()
    .replaceAll(/[[\]{}()'"]/g, '')
    .split(/[|,;/+&]/);
  const set = new Set(parts.map((part) => part.trim()).filter((part) => part !== ''));
  return set.size > 1 ? JSON.stringify([...set].sort()) : undefined;
}

function wordKey(label: string): string | undefined {
  if (!/\p{L}/u.test(label)) return undefined;
  return label
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/["“”„«»]/g, '')
    .trim()
    .replaceAll(/(?<=[\p{L}\p{N}])[\s_\p{Pd}]+(?=[\p{L}\p{N}])/gu, '');
}
