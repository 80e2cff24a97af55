// Values of Parquet as text, exactly: two that differ in the file never become the same label or group.
import { TextDecoder } from 'node:util';
import type { ParquetParsers, SchemaElement } from 'hyparquet';
import { Unreadable } from './members';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array | undefined): string | Unreadable | undefined {
  try {
    return bytes && utf8.decode(bytes);
  } catch {
    return new Unreadable('text that is not UTF-8');
  }
}

/** Returns a time in ISO 8601, with as many digits of the second as it has. */
function timeOf(nanoseconds: bigint): string | Unreadable {
  const rest = ((nanoseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((nanoseconds - rest) / 1_000_000n));
  if (Number.isNaN(date.getTime())) return new Unreadable('a date that is out of range');
  const more = rest === 0n ? '' : `${rest}`.padStart(6, '0').replace(/0+$/, '');
  return date.toISOString().replace('Z', `${more}Z`);
}

/** For hyparquet, which adds its own parsers for other types. */
export const parsers = {
  timestampFromMilliseconds: (value) => timeOf(BigInt(value) * 1_000_000n),
  timestampFromMicroseconds: (value) => timeOf(BigInt(value) * 1_000n),
  timestampFromNanoseconds: (value) => timeOf(BigInt(value)),
  dateFromDays: (days) => timeOf(BigInt(days) * 86_400_000_000_000n),
  stringFromBytes: textOf,
} as Partial<ParquetParsers> as ParquetParsers;

/**
 * Makes hyparquet return the decimals of columns as they are stored, because its numbers keep 15 digits. Returns a function
 * from a row to the row with exact decimals and with text for bytes of no type.
 */
export function exactRows(columns: readonly SchemaElement[]) {
  const scales = new Map<string, number>();
  for (const element of columns) {
    const { logical_type: logical, converted_type: converted } = element;
    if (logical?.type !== 'DECIMAL' && converted !== 'DECIMAL') continue;
    scales.set(element.name, element.scale ?? 0);
    delete element.logical_type;
    delete element.converted_type;
  }
  return (row: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const scale = scales.get(name);
        if (scale !== undefined && value !== null && value !== undefined) {
          return [name, decimalOf(unscaled(value as Stored), scale)];
        }
        return [name, value instanceof Uint8Array ? textOf(value) : value];
      }),
    );
}

/** How a decimal is stored: a whole number, or its bytes in two's complement, the highest first. */
type Stored = number | bigint | Uint8Array;

function unscaled(stored: Stored): bigint {
  if (!(stored instanceof Uint8Array)) return BigInt(stored);
  const hex = Buffer.from(stored).toString('hex');
  return hex === '' ? 0n : BigInt.asIntN(8 * stored.length, BigInt(`0x${hex}`));
}

/** Writes a decimal as a number is written: without zeros at the end. */
function decimalOf(value: bigint, scale: number): string {
  const digits = `${value < 0n ? -value : value}`.padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}
