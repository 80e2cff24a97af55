// Replaces half a character, left when a text is cut in the middle of an emoji, by U+FFFD. UTF-8 cannot express it, so
// Jupyter could not save the notebook.

/** A lone surrogate in JSON: `JSON.stringify()` escapes these and leaves pairs as they are. */
const escapedSurrogate = /\\ud[89a-f][0-9a-f]{2}/;

/** Returns text in which every lone surrogate is U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Returns a value of JSON in whose texts every lone surrogate is U+FFFD. */
export function wellFormedJson<Value extends object>(value: Value): Value {
  const json = JSON.stringify(value);
  if (!escapedSurrogate.test(json)) return value;
  return JSON.parse(json, (_, part) => (typeof part === 'string' ? wellFormed(part) : part));
}
