// Half a character, such as one that cutting a text in the middle of an emoji leaves, cannot be written as UTF-8: Jupyter
// could not save the notebook any more. It becomes U+FFFD, as in any other file.

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
