// Normalises labels and column names, so that texts that look the same are equal.

/** Soft hyphens, zero-width spaces, marks of direction and byte order, fillers, control characters other than spaces. */
const invisible =
  /(?!\s)\p{Cc}|\u00ad|\u034f|\u061c|[\u115f\u1160]|\u180e|[\u200b\u200e\u200f]|[\u202a-\u202e]|[\u2060-\u206f]|\u3164|\ufeff|\uffa0/gu;
/**
 * Zero-width joiners have a visible effect only inside emoji and in scripts from Arabic to Myanmar, Khmer and Mongolian.
 */
const joiner = '(?:\\u200c|\\u200d)+';
const visibleAfter =
  '(?<=[\\u0600-\\u109f\\u1780-\\u18af\\ufe0f\\p{Extended_Pictographic}\\p{Emoji_Modifier}])';
const strayJoiners = new RegExp(`(?!${visibleAfter}${joiner}[^\\s])${joiner}`, 'gu');
const plain = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Returns the normal form of a label or a column name: composed (NFC), without invisible characters, with single spaces
 * and none at the ends. Keeps joiners that have a visible effect.
 */
export function normaliseText(text: string): string {
  if (plain.test(text)) return text;
  return text
    .replaceAll(invisible, '')
    .replaceAll(strayJoiners, '')
    .normalize('NFC')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
