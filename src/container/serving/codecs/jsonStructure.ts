// Measures how much structure JSON has without parsing it, since a parser takes seconds for millions of lists.

/** Most lists, objects and names in a JSON text; parsing them takes a few tenths of a second. */
export const mostStructure = 250_000;

/** Returns whether a text has more lists, objects and names than {@link mostStructure}. */
export function hasMuchStructure(text: string): boolean {
  if (text.length <= mostStructure) return false;
  let count = 0;
  for (let at = 0; at < text.length && count <= mostStructure; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openList || code === openObject || code === colon) count += 1;
  }
  return count > mostStructure;
}

const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const openObject = 0x7b;
const colon = 0x3a;

/** Returns where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length && text.charCodeAt(at) !== quote; at++) {
    if (text.charCodeAt(at) === backslash) at += 1;
  }
  return at;
}
