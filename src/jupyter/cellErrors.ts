// Turns an error of a cell into a sentence, with the remedy if there is one.
import { inspect } from 'node:util';
import { isNativeError, isProxy } from 'node:util/types';
import { isDebugging, UserError } from '../platform/errors';
import type { Notebook } from './format';

export interface ExplainedError {
  /** Shown at once. */
  sentence: string;
  /** Hidden until the reader unfolds it. */
  details?: string;
}

/** Identifies an interrupted cell: tslab's message for one that awaits, Node's code for one that computes. */
const interruptions = {
  waiting: 'Interrupted asynchronously',
  computing: 'ERR_SCRIPT_EXECUTION_INTERRUPTED',
};

/** Returns whether a thrown value is an error, of this realm or of another such as a `vm` context. */
export function isError(thrown: unknown): thrown is Error {
  return isNativeError(thrown) || (!isProxy(thrown) && thrown instanceof Error);
}

/** Returns a value as Node prints it, an error with its stack. If that throws, returns a short form. */
export function printed(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/**
 * Explains an error that a cell has thrown.
 * @param details the error as Node prints it, with its stack
 */
export function explainError(error: Error, details: string): ExplainedError {
  if (memberText(error, 'message') === interruptions.waiting) {
    return { sentence: 'Interrupted: this cell stopped waiting. What it started may still be running.' };
  }
  if ('code' in error && error.code === interruptions.computing) {
    return { sentence: 'Interrupted: this cell was stopped.' };
  }
  const [name, message] = [memberText(error, 'name'), memberText(error, 'message')];
  // Also compared by name: a cell's module may be another copy of this one.
  const isForUser = error instanceof UserError || name === 'UserError';
  const sentence = `${isForUser ? 'UserError' : name}: ${message}`;
  return isForUser && !isDebugging() ? { sentence } : { sentence, details };
}

/** Reads a member of an error. In an error class of the reader's it can be anything, or throw. */
function memberText(error: Error, member: 'name' | 'message'): string {
  try {
    return String(error[member]);
  } catch {
    return member === 'name' ? 'Error' : '';
  }
}

/** Maps the labels that tslab prints before an error that no cell caught to an explanation. */
const origins = new Map([
  [
    'UnhandledPromiseRejection:',
    'No code awaited this promise. Write await before the call, and the error stops its own cell.',
  ],
  ['UncaughtException:', 'It was thrown outside a cell, for example in a timer or an event listener.'],
]);

/** Explains an error that no cell caught; undefined if `label` is not one that tslab prints before such an error. */
export function explainUncaught(
  label: unknown,
  thrown: unknown,
  details: string,
): ExplainedError | undefined {
  const origin = typeof label === 'string' ? origins.get(label) : undefined;
  if (origin === undefined) return undefined;
  const explained = isError(thrown) ? explainError(thrown, details) : { sentence: `Error: ${details}` };
  return { ...explained, sentence: `${explained.sentence}\n${origin}` };
}

/** A notebook with its file name. */
export interface NamedNotebook {
  name: string;
  notebook: Notebook;
}

/** Matches the compiler's errors for a missing name: a value, a namespace, or a shorthand property. */
const missingName =
  /^(?:Cannot find (?:name|namespace)|No value exists in scope for the shorthand property) '([\p{L}_$][\p{L}\p{N}_$]*)'/u;

/**
 * Returns the compiler's message or, for a missing name that a notebook declares, the cell to run first.
 * @param notebooks the open notebook, or all candidates if that is unknown; the sentence then names the file
 */
export function explainDiagnostic(text: string, notebooks: readonly NamedNotebook[]): string {
  const name = missingName.exec(text)?.[1];
  if (name === undefined) return text;
  const places = new Map<string, string>();
  for (const { name: file, notebook } of notebooks) {
    const heading = headingOf(notebook, name);
    if (heading && !places.has(heading)) places.set(heading, notebooks.length > 1 ? ` in ${file}` : '');
  }
  if (places.size === 0) return text;
  const cells = [...places].map(([heading, file]) => `“${heading}”${file}`).join(' or ');
  return `${name} is not defined yet: first run the cell under ${cells}, or all cells above this one.`;
}

/** Returns the heading above the first cell that declares a name. */
function headingOf({ cells }: Notebook, name: string): string | undefined {
  let heading = 'the beginning';
  for (const { cell_type, source } of cells) {
    const text = [source].flat().join('');
    if (cell_type === 'markdown') heading = text.match(/(?<=^#+ +)\S.*$/gm)?.at(-1) ?? heading;
    if (cell_type === 'code' && declares(text, name)) return heading;
  }
  return undefined;
}

const declarations = [
  /^import\s+([^;]*?)\s+from\b/gm,
  /^(?:(?:export|declare|abstract|async)\s+)*(?:const|let|var|function\*?|class|enum|interface|type|namespace)\s+(\{.*?\}|\[.*?\](?=\s*[=:])|[\p{L}\p{N}_$]+)/gmsu,
];

function declares(code: string, name: string): boolean {
  const declared = declarations.flatMap((declaration) => [...code.matchAll(declaration)]);
  return declared.some(([, names = '']) => names.split(/[^\p{L}\p{N}_$]+/u).includes(name));
}
