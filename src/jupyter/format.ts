// The parts of the notebook format (nbformat 4) used to run and publish a notebook.

export interface Output {
  output_type: string;
  /** MIME type → content; for execute_result and display_data. */
  data?: Record<string, unknown>;
  /** MIME type → metadata; for the same types. */
  metadata?: Record<string, unknown>;
  /** stdout or stderr; for stream. */
  name?: string;
  text?: string | string[];
}

export interface Cell {
  cell_type: 'markdown' | 'code' | 'raw';
  source: string | string[];
  outputs?: Output[];
  /** A code cell's position in the order of execution; null before it has run. */
  execution_count?: number | null;
  metadata?: Record<string, unknown>;
}

export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
}

/** Returns the heading above each code cell, and undefined for other cells. */
export function cellHeadings({ cells }: Notebook): (string | undefined)[] {
  let heading = '';
  return cells.map(({ cell_type, source }) => {
    if (cell_type === 'code') return heading;
    heading =
      join(source)
        .match(/(?<=^#+ +)\S.*$/gm)
        ?.at(-1) ?? heading;
    return undefined;
  });
}

/** Returns a failed cell's error. tslab writes errors to stderr and leaves no output of type error. */
export function errorOf({ cells }: Notebook, cell: number): string {
  const outputs = cells[cell]?.outputs ?? [];
  return outputs
    .filter(({ name }) => name === 'stderr')
    .map(({ text }) => join(text))
    .join('')
    .trim();
}

function join(text: string | string[] = ''): string {
  return typeof text === 'string' ? text : text.join('');
}
