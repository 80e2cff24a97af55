// One line of a delimited file → its fields, as Python's csv module splits them. Handles quotes; quotedRecords.ts decides
// which lines belong together.

/**
 * The meaning of quotation marks. Inside a quoted field, a doubled or backslash-escaped one is a character; with `none`,
 * all are characters.
 */
export type Quoting = 'doubled' | 'backslash' | 'none';

export interface Dialect {
  delimiter: string;
  quoting: Quoting;
}

/** Collects the fields of a record line by line. */
export interface Fields {
  fields: string[];
  /** The raw text of a quoted field that is not closed yet. */
  open?: string | undefined;
  /** Whether a quoted field is closed correctly. */
  isQuoted?: boolean;
  /** Whether such a field contains an escaped quote. */
  isEscaped?: boolean;
  /** Whether a closing quote is followed by anything but a delimiter. Such a field keeps its quotes. */
  isBent?: boolean;
  /** Whether that happened to a field that spans lines. */
  isTorn?: boolean;
}

/** Splits a line, or continues a record whose quoted field is open. */
export function splitLine(line: string, dialect: Dialect, record: Fields = { fields: [] }): Fields {
  const { delimiter, quoting } = dialect;
  if (record.open === undefined && (quoting === 'none' || !line.includes('"'))) {
    record.fields = line.split(delimiter);
    return record;
  }
  let at = record.open === undefined ? 0 : takeRest(record, line, dialect);
  while (at >= 0) {
    const start = skipSpaces(line, at);
    if (line[start] === '"') {
      record.open = '';
      at = takeQuoted(record, line, { at: start + 1, dialect });
    } else at = takePlain(record, line, { at, before: '', delimiter });
  }
  return record;
}

/** Reads the rest of a field that began in an earlier line. */
function takeRest(record: Fields, line: string, dialect: Dialect): number {
  const { isBent = false } = record;
  record.isBent = false;
  const at = takeQuoted(record, line, { at: 0, dialect });
  record.isTorn ||= record.isBent;
  record.isBent ||= isBent;
  return at;
}

/** Reads a field up to the next delimiter. Returns where the next field begins, or -1 at the end of the line. */
function takePlain(
  record: Fields,
  line: string,
  { at, before, delimiter }: { at: number; before: string; delimiter: string },
): number {
  const end = line.indexOf(delimiter, at);
  record.fields.push(before + (end < 0 ? line.slice(at) : line.slice(at, end)));
  return end < 0 ? -1 : end + delimiter.length;
}

function takeQuoted(record: Fields, line: string, { at, dialect }: { at: number; dialect: Dialect }): number {
  const { delimiter, quoting } = dialect;
  const close = findClose(line, at, quoting);
  if (close < 0) {
    record.open = `${record.open}${line.slice(at)}\n`;
    return -1;
  }
  const raw = record.open + line.slice(at, close);
  record.open = undefined;
  const after = skipSpaces(line, close + 1);
  if (after < line.length && !line.startsWith(delimiter, after)) {
    record.isBent = true;
    return takePlain(record, line, { at: close + 1, before: `"${raw}"`, delimiter });
  }
  record.isQuoted = true;
  record.isEscaped ||= raw.includes('"');
  record.fields.push(unquote(raw, quoting));
  return after < line.length ? after + delimiter.length : -1;
}

function findClose(line: string, from: number, quoting: Quoting): number {
  for (let at = line.indexOf('"', from); at >= 0; ) {
    const isEscaped = quoting === 'backslash' && backslashesBefore(line, at, from) % 2 === 1;
    if (!isEscaped && line[at + 1] !== '"') return at;
    at = line.indexOf('"', at + (isEscaped ? 1 : 2));
  }
  return -1;
}

function backslashesBefore(line: string, at: number, from: number): number {
  let start = at;
  while (start > from && line[start - 1] === '\\') start -= 1;
  return at - start;
}

function unquote(raw: string, quoting: Quoting): string {
  if (quoting === 'backslash') return raw.replaceAll(/\\(["\\])|"(")/g, '$1$2');
  return raw.replaceAll('""', '"');
}

function skipSpaces(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ') at += 1;
  return at;
}
