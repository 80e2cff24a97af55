// Headers and targets of requests, as they arrive.

/** Returns a header's value from Node's list of names and values; several lines become one list. */
export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] as string;
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    const more = rawHeaders[at + 1] as string;
    value = value === undefined || value === more ? more : `${value}, ${more}`;
  }
  return value;
}

/** Returns the path of a target: a path or an absolute address, perhaps with a query or a final slash. */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/s, '');
  return path.replace(/(?<=.)\/$/, '');
}
