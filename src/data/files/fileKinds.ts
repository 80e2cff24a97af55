// Detects files that are not text by their first bytes; the error has the remedy.
import { UserError } from '../../platform/errors';

interface Kind {
  /** The bytes at `at`, or a pattern of the first characters. */
  starts: string | RegExp;
  at?: number;
  is: string;
  advice: string;
}

const saveAsCsv = 'Save it as CSV: in Excel "CSV UTF-8", in LibreOffice "Text CSV".';
const saveFromPandas = 'Save its rows as CSV or Parquet, in pandas with to_csv() or to_parquet().';
const unpack = (command: string) => `Unpack it: ${command} FILE`;

const kinds: readonly Kind[] = [
  { starts: '\xd0\xcf\x11\xe0', is: 'an old Excel workbook (.xls)', advice: saveAsCsv },
  { starts: 'PAR1', is: 'a Parquet file', advice: 'Name its text and label columns to read it.' },
  {
    starts: 'ustar',
    at: 257,
    is: 'a tar archive',
    advice: 'Unpack it (tar -xf FILE), and name the table in it.',
  },
  { starts: '\x1f\x8b', is: 'compressed twice with gzip', advice: unpack('gunzip') },
  { starts: 'PK\x05\x06', is: 'an empty zip archive', advice: 'Pack it again, with the table in it.' },
  { starts: 'BZh', is: 'compressed with bzip2', advice: unpack('bunzip2') },
  { starts: '\xfd7zXZ', is: 'compressed with xz', advice: unpack('unxz') },
  { starts: '\x28\xb5\x2f\xfd', is: 'compressed with Zstandard', advice: unpack('unzstd') },
  { starts: '7z\xbc\xaf', is: 'a 7-Zip archive', advice: unpack('7z x') },
  { starts: 'Rar!', is: 'a RAR archive', advice: unpack('unrar x') },
  { starts: 'ARROW1', is: 'an Arrow or Feather file', advice: saveFromPandas },
  { starts: 'ORC', is: 'an ORC file', advice: saveFromPandas },
  { starts: 'Obj\x01', is: 'an Avro file', advice: saveFromPandas },
  { starts: 'SQLite format 3', is: 'an SQLite database', advice: 'Export its table as CSV.' },
  { starts: '\x93NUMPY', is: 'a NumPy array', advice: saveFromPandas },
  { starts: '\x89HDF', is: 'an HDF5 file', advice: saveFromPandas },
  { starts: '\x80\x04\x95', is: 'a pickle of Python', advice: saveFromPandas },
  { starts: '%PDF-', is: 'a PDF document', advice: 'Copy its table to a sheet and save that as CSV.' },
  { starts: '{\\rtf', is: 'a document in rich text', advice: 'Save it as plain text in UTF-8.' },
  {
    starts: /^(\xef\xbb\xbf)?\s*<(!doctype html|html)/i,
    is: 'a web page, not a table',
    advice: 'Download the file itself: on GitHub, its "raw" link.',
  },
  { starts: /^(\xef\xbb\xbf)?\s*<\?xml/, is: 'an XML file', advice: 'Save its rows as CSV.' },
  {
    starts: /^(\xef\xbb\xbf)?\s*\[?\s*\{\s*'/,
    is: "in Python's notation, not JSON",
    advice: 'Write each row with json.dumps().',
  },
  {
    starts: 'version https://git-lfs.github.com/spec',
    is: 'a pointer of Git LFS, not the file itself',
    advice: 'Run git lfs pull.',
  },
  { starts: '\xff\xfe\0\0', is: 'text in UTF-32', advice: convertFrom('UTF-32') },
  { starts: '\0\0\xfe\xff', is: 'text in UTF-32', advice: convertFrom('UTF-32') },
];

/** Returns how to convert a file to UTF-8. */
export function convertFrom(encoding: string): string {
  return `Convert it: iconv -f ${encoding} -t UTF-8 FILE > NEW_FILE`;
}

/** Throws a {@link UserError} if a file's first bytes show a known kind that is not text. */
export function rejectOtherKinds(head: Buffer, path: string): void {
  const text = head.toString('latin1', 0, 512);
  const kind = kinds.find(({ starts, at = 0 }) =>
    typeof starts === 'string' ? text.startsWith(starts, at) : starts.test(text),
  );
  if (kind) throw new UserError(`${path} is ${kind.is}. ${kind.advice}`);
}

const stores: Record<string, string> = {
  s3: 'aws s3 cp',
  gs: 'gcloud storage cp',
  http: 'curl -LO',
  https: 'curl -LO',
};

/** Throws a {@link UserError} for an address of an object store or a web page. */
export function rejectAddress(path: string): void {
  const store = /^([a-z][a-z0-9+]+):\/\//i.exec(path)?.[1]?.toLowerCase();
  if (!store) return;
  const command = stores[store];
  const how = command ? `: ${command} ${path}${store === 's3' || store === 'gs' ? ' .' : ''}` : '';
  throw new UserError(`${path} is an address, not a file. Download it first${how}, and name the file.`);
}
