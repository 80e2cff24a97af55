// What went wrong in a cell → a sentence, with the remedy where there is one.
import { UserError } from './errors';
import type { Notebook } from './notebook';

/** What is said at once, and what stands behind a fold. */
export interface ExplainedError {
  sentence: string;
  details?: string;
}

/**
 * @param details the error as Node prints it, with its stack
 */
export function explainError(error: Error, details: string): ExplainedError {
  if (error.message === 'Interrupted asynchronously') {
    return { sentence: 'Interrupted: the cell waits no more. What it has started may go on.' };
  }
  // By name as well: a cell's module may be another copy of this one.
  if (error instanceof UserError || error.name === 'UserError')
    return { sentence: `UserError: ${error.message}` };
  return { sentence: `${error.name}: ${error.message}`, details };
}

/**
 * What the compiler says; where a name is missing that a cell of a notebook declares, with the cell to run first.
 * @param notebooks those that are looked at
 */
export function explainDiagnostic(text: string, notebooks: readonly Notebook[]): string {
  const name = /^Cannot find name '([\p{L}_$][\p{L}\p{N}_$]*)'/u.exec(text)?.[1];
  if (name === undefined) return text;
  const heading = notebooks.map((notebook) => headingOf(notebook, name)).find(Boolean);
  if (!heading) return text;
  return `${name} is not there yet: first run the cell under “${heading}”, or all cells above this one.`;
}

/** The heading above the first cell that declares a name. */
function headingOf({ cells }: Notebook, name: string): string | undefined {
  let heading = 'the beginning';
  for (const { cell_type, source } of cells) {
    const text = [source].flat().join('');
    if (cell_type === 'markdown') heading = text.match(/(?<=^#+ +)\S.*$/gm)?.at(-1) ?? heading;
    if (cell_type === 'code' && declares(text, name)) return heading;
  }
  return undefined;
}

function declares(code: string, name: string): boolean {
  const declarations = code.matchAll(/^(?:const|let|var|function|import)\b(.*?)(?:[=(]| from\b|$)/gm);
  return [...declarations].some(([, names = '']) => names.split(/[^\p{L}\p{N}_$]+/u).includes(name));
}
