// The parts of the notebook format (nbformat 4) that running and publishing a notebook needs.

export interface Output {
  output_type: string;
  /** Of execute_result and display_data: MIME type → content. */
  data?: Record<string, unknown>;
  /** Of the same: MIME type → what is said about it. */
  metadata?: Record<string, unknown>;
  /** Of stream: stdout or stderr. */
  name?: string;
  text?: string | string[];
}

export interface Cell {
  cell_type: 'markdown' | 'code' | 'raw';
  source: string | string[];
  outputs?: Output[];
  /** Of code cells: null before they were run, then the order in which they were. */
  execution_count?: number | null;
  metadata?: Record<string, unknown>;
}

export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
}

/** For each cell the heading above it, and undefined for cells that hold no code. */
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

/** What a failed cell said. tslab writes errors to stderr, and so leaves no output of type error. */
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
