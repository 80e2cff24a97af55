// Measures the memory that this process may use, and detects a lack of it.
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { UserError } from './errors';
import { formatBytes } from './format';

/**
 * Returns the number of bytes that this process may use: the smallest limit of the machine, its control group and its
 * address space.
 */
export function memoryLimit(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity, addressSpace());
}

const pageBytes = 4096;
/** Bytes that a training step may need briefly. */
const leastLeft = 16e6;

/**
 * Throws a {@link UserError} if this process has used up its address space. TensorFlow's matrix product does not check
 * that it got memory (dnnl_sgemm in eigen_contraction_kernel.h) and would return arbitrary memory.
 */
export function checkMemory(): void {
  const [pages] = readFileSync('/proc/self/statm', 'utf8').split(' ');
  if (addressSpace() - Number(pages) * pageBytes < leastLeft) throw shortage('no address space is left');
}

/** Returns a sentence for a failure that a lack of memory may explain; an empty string without a limit. */
export function memoryHint(): string {
  const limit = addressSpace();
  return limit < Infinity ? ` Or memory ran short: ulimit -v allows ${formatBytes(limit)}.` : '';
}

const signsOfShortage =
  /allocation failed|could not allocate|OOM when allocating|TF_Status: 8|out of memory|memory limit/i;

/** Returns a {@link UserError} for an out-of-memory error; otherwise the error itself. */
export function asMemoryError(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error) || !signsOfShortage.test(error.message))
    return error;
  const [reason = ''] = error.message.split('\n');
  return shortage(reason, error);
}

function shortage(reason: string, cause?: Error): UserError {
  return new UserError(
    `Memory ran out during training (${reason}): this process may use ${formatBytes(memoryLimit())}. Allow it more, ` +
      'or lower batch_size, max_length or vocabulary_size.',
    { cause },
  );
}

/** Returns the limit that `ulimit -v` sets, in bytes. */
function addressSpace(): number {
  const [, bytes] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(bytes ?? Infinity);
}
