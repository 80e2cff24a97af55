// Tokens → positions. A hash table over parts of a text, so that reading a title creates no string per token; a Map of
// strings takes twice as long.

/** Tokens in the order in which they were added. */
export interface TokenIndex {
  readonly tokens: readonly string[];
  /** Returns the position of the token at `start` up to `end` in `text`, or -1. */
  find(text: string, start: number, end: number): number;
  /** Does the same, and adds a new token. */
  add(text: string, start: number, end: number): number;
}

export function createTokenIndex(known: readonly string[] = []): TokenIndex {
  const tokens: string[] = [];
  const hashes: number[] = [];
  let slots = new Int32Array(2 ** Math.ceil(Math.log2(4 * known.length + 1024))).fill(-1);

  /** Returns the token's slot, or the free slot to put it in. */
  function slotOf(text: string, start: number, end: number, hash: number): number {
    let slot = hash & (slots.length - 1);
    for (let at = slots[slot] as number; at >= 0; at = slots[slot] as number) {
      if (hashes[at] === hash && isAt(tokens[at] as string, text, start, end)) return slot;
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  function grow(): void {
    slots = new Int32Array(4 * slots.length).fill(-1);
    tokens.forEach((token, at) => {
      slots[slotOf(token, 0, token.length, hashes[at] as number)] = at;
    });
  }

  const index: TokenIndex = {
    tokens,
    find: (text, start, end) => slots[slotOf(text, start, end, hashOf(text, start, end))] as number,
    add(text, start, end) {
      const hash = hashOf(text, start, end);
      const slot = slotOf(text, start, end, hash);
      const found = slots[slot] as number;
      if (found >= 0) return found;
      const at = tokens.push(text.slice(start, end)) - 1;
      hashes.push(hash);
      slots[slot] = at;
      if (2 * tokens.length > slots.length) grow();
      return at;
    },
  };
  for (const token of known) index.add(token, 0, token.length);
  return index;
}

/** Hashes UTF-16 code units by FNV-1a, and folds the high bits into the low ones that select the slot. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}

function isAt(token: string, text: string, start: number, end: number): boolean {
  if (token.length !== end - start) return false;
  for (let at = 0; at < token.length; at++) {
    if (token.charCodeAt(at) !== text.charCodeAt(start + at)) return false;
  }
  return true;
}
