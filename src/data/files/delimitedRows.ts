// Reads the rows of a delimited file in a known dialect.

import { type FilePart, isBlank, type Outcome, RowCollector } from './fileRows';
import { readLines } from './lines';
import { type FileRecord, RecordCutter } from './quotedRecords';
import type { Dialect } from './splitLine';

/** Reads the rows of a layout. */
export interface RowReader<Row extends object> {
  toRow: (fields: string[], record: FileRecord) => Outcome<Row>;
  /** Returns the label of a row, or undefined if the fields are not a row. */
  labelOf: (fields: string[]) => string | undefined;
  /** The number of well-formed records without a text or a label. */
  empty?: number;
  /** Finishes the rows when the file has ended. */
  settle?: (collector: RowCollector<Row>) => void;
}

export interface ReadOptions<Row extends object> {
  dialect: Dialect;
  /** The number of lines above the first row. */
  top: number;
  /** Labels known in advance; those of the rows are added. */
  known: Set<string>;
  /** Whether a quote that closes correctly is never a stray one. @default false */
  trustsQuotes?: boolean;
  createReader: (known: Set<string>) => RowReader<Row>;
}

export interface ReadRows<Row> {
  file: FilePart<Row>;
  /** Records with the right number of columns and correct quotes. */
  wellFormed: number;
  hasQuotes: boolean;
  /** Rows with a quoted field. */
  quoted: number;
  /** Rows with an escaped quote. */
  escaped: number;
  /** Rows that span lines. */
  spans: number;
}

/** Reads a file's rows, a second time if labels late in the file show that a quote was a stray one. */
export async function readDelimitedRows<Row extends object>(
  path: string,
  options: ReadOptions<Row>,
): Promise<ReadRows<Row>> {
  const { isMistaken, ...read } = await readOnce(path, options);
  return isMistaken ? await readOnce(path, options) : read;
}

async function readOnce<Row extends object>(
  path: string,
  { dialect, top, known, trustsQuotes = false, createReader }: ReadOptions<Row>,
): Promise<ReadRows<Row> & { isMistaken: boolean }> {
  const reader = createReader(known);
  const { toRow, labelOf } = reader;
  const collector = new RowCollector<Row>();
  const count = { bent: 0, quoted: 0, escaped: 0, spans: 0 };
  const collect = (records: readonly FileRecord[]) => {
    for (const record of records) {
      const { fields, problem = '' } = record;
      if (fields?.every(isBlank)) collector.addBlank(record);
      else {
        const outcome = fields ? toRow(fields, record) : problem;
        collector.add(record, outcome);
        if (typeof outcome !== 'object') continue;
        count.bent += Number(record.isBent);
        count.quoted += Number(record.isQuoted);
        count.escaped += Number(record.isEscaped);
        count.spans += Number(record.lines > 1);
      }
    }
  };
  const cutter = new RecordCutter({ dialect, first: top + 1, labelOf, ...(!trustsQuotes && { known }) });
  let lines = 0;
  let hasQuotes = false;
  for await (const { lines: block, isClean } of readLines(path)) {
    const above = Math.max(0, top - lines);
    collector.addHeader(block.slice(0, above));
    collect(cutter.cut({ lines: above > 0 ? block.slice(above) : block, isClean }));
    hasQuotes ||= block.some((line) => line.includes('"'));
    lines += block.length;
  }
  collect(cutter.end());
  reader.settle?.(collector);
  // One record may have swallowed the others, and their labels.
  if (known.size < 2) for (const label of cutter.innerLabels) known.add(label);
  const wellFormed = collector.rows.length + (reader.empty ?? 0) - count.bent;
  const { quoted, escaped, spans } = count;
  const isMistaken = !trustsQuotes && cutter.isMistaken;
  return { file: collector.finish(lines), wellFormed, hasQuotes, quoted, escaped, spans, isMistaken };
}
