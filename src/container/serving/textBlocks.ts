// Step 8: a long text in blocks of whole lines, so that reading it can stop between them.

const blockLength = 65_536;

/** Cuts a text behind line ends into blocks of at least 64 Ki characters, but for the last. */
export function* cutText(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf('\n', start + blockLength);
    const end = lineEnd < 0 ? text.length : lineEnd + 1;
    yield text.slice(start, end);
    start = end;
  }
}
