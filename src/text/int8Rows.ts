// Quantises the rows of a matrix to signed bytes with one scale per row: a quarter of the size.

/** A quantised matrix: a byte times its row's scale is the number. */
export interface Int8Rows {
  /** [rows, columns] */
  bytes: Int8Array;
  /** [rows] */
  scales: Float32Array;
}

/** Quantises numbers of shape [rows, columns]. The error is at most 1/254 of the largest number in the row. */
export function toInt8Rows(values: Float32Array, columns: number): Int8Rows {
  const scales = new Float32Array(values.length / columns);
  const bytes = new Int8Array(values.length);
  for (let row = 0; row < scales.length; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    let largest = 0;
    for (let at = start; at < end; at++) largest = Math.max(largest, Math.abs(values[at] as number));
    scales[row] = largest / 127;
    for (let at = start; at < end; at++) {
      bytes[at] = largest === 0 ? 0 : Math.round(((values[at] as number) / largest) * 127);
    }
  }
  return { bytes, scales };
}

/** Returns one row as numbers. */
export function fromInt8Row({ bytes, scales }: Int8Rows, row: number, columns: number): Float32Array {
  const scale = scales[row] as number;
  return Float32Array.from(bytes.subarray(row * columns, (row + 1) * columns), (byte) => byte * scale);
}
