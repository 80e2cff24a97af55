// Reads JSON: one object per line (JSON Lines), or an array of objects.
import { UserError } from '../../platform/errors';
import { checkLosses, type FileRows, isBlank, type Place, RowCollector } from './fileRows';
import { arrayElements } from './jsonArray';
import { problemOf, readLines } from './lines';
import { MemberReader } from './members';
import type { Columns, TableRow } from './tableRow';

/** A number, a truth value or null as the first element. Texts begin with brackets, too: "[2] goose", "[2024-01-31] goose". */
const plainElement = /(-?\d[\d.eE+-]*|true|false|null)\s*(,|\]\s*($|[\r\n]))/.source;
const jsonArray = new RegExp(`^\\s*\\[\\s*(["{]|\\]\\s*$|\\[\\s*["[{\\]\\d-]|${plainElement})`);

/** Whether text begins as a JSON array or object does. */
export function isJson(head: string): boolean {
  return jsonArray.test(head) || /^\s*\{\s*(["}]|$)/.test(head);
}

/** Reads the rows. Throws a {@link UserError} for JSON that is not a table, and as `readTableFile()` does. */
export async function readJson(path: string, head: string, columns: Columns): Promise<FileRows<TableRow>> {
  const reader = new MemberReader(path, columns);
  const collector = new RowCollector<TableRow>();
  const lines = head.trimStart().startsWith('[')
    ? await readArray(path, (place, text) => collector.add(place, reader.toRow(parse(text))))
    : await readObjects(path, head, (place, text) => {
        if (isBlank(text)) collector.addBlank(place);
        else collector.add(place, problemOf(text) ?? reader.toRow(parse(text)));
      });
  reader.demandColumns();
  return await checkLosses(path, collector.finish(lines));
}

type Take = (place: Place, text: string) => void;

async function readArray(path: string, take: Take): Promise<number> {
  let count = 0;
  for await (const elements of arrayElements(path)) {
    for (const text of elements) take({ line: ++count, lines: 1 }, text);
  }
  return count;
}

async function readObjects(path: string, head: string, take: Take): Promise<number> {
  let count = 0;
  for await (const { lines } of readLines(path)) {
    if (count === 0) rejectOtherShapes(path, head, lines);
    for (const text of lines) take({ line: ++count, lines: 1 }, text);
  }
  return count;
}

const oneObjectALine = 'Expected one object a line, or an array of objects.';

/** Explains one object that holds the whole table, and objects that span lines. */
function rejectOtherShapes(path: string, head: string, lines: readonly string[]): void {
  const [first = '', ...rest] = lines.filter((line) => line.trim() !== '');
  const value = parse(first);
  const isWhole = isObject(value);
  if (isWhole && (rest.length > 0 || !Object.values(value).some(isTable))) return;
  if (isWhole && Array.isArray(value.columns) && Array.isArray(value.data)) throw byColumns(path);
  const list = isWhole
    ? Object.keys(value).find((key) => isTable(value[key]) && Array.isArray(value[key]))
    : /^\s*\{\s*"([^"\\]*)"\s*:\s*\[/.exec(head)?.[1];
  if (list !== undefined && (isWhole || /^\s*\{\s*"[^"\\]*"\s*:\s*\[\s*\{/.test(head))) {
    throw new UserError(
      `${path} is one JSON object that contains its rows in "${list}". ${oneObjectALine} ` +
        `Extract them: jq -c '.["${list}"][]' FILE > rows.jsonl`,
    );
  }
  if (/^\s*\{\s*"[^"\\]*"\s*:\s*\{/.test(head)) {
    throw byColumns(path);
  }
  if (isWhole) throw new UserError(`${path} is one JSON object. ${oneObjectALine}`);
  if (/^\s*\{\s*($|"[^"\\]*"\s*:[^{}]*$)/.test(first)) {
    throw new UserError(
      `${path} has JSON objects that span lines. ${oneObjectALine} To convert it: jq -c . FILE > rows.jsonl`,
    );
  }
}

function byColumns(path: string): UserError {
  return new UserError(
    `${path} is one JSON object by columns, as pandas writes it. ${oneObjectALine} ` +
      'Write it by rows: df.to_json("rows.jsonl", orient="records", lines=True)',
  );
}

function isTable(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 1 : isObject(value) && Object.keys(value).length > 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whole numbers that long may lose digits. */
const longNumber = /-?\d{16,}/;
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Returns the value, or undefined for text that is not JSON. Long numbers, such as ids, become text digit by digit. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (!longNumber.test(text)) return value;
    return JSON.parse(
      text.replaceAll(stringOrNumber, (found) => (/^-?\d{16,}$/.test(found) ? `"${found}"` : found)),
    );
  } catch {
    return undefined;
  }
}
