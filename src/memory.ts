// How much memory this process may use, and whether it has run out.
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { UserError } from './errors';
import { formatBytes } from './format';

/** Bytes that this process may use: of the machine, of its container or control group, of its own address space. */
export function memoryLimit(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity, addressSpace());
}

/** More than malloc() ever serves from memory that it has kept, so that the system is asked for it. */
const probeBytes = 40 * 2 ** 20;

/**
 * Throws a {@link UserError} where the system gives this process no more memory. TensorFlow's matrix product ignores
 * whether it got any (dnnl_sgemm in eigen_contraction_kernel.h) and goes on with what the result's memory held before.
 */
export function checkMemory(): void {
  try {
    new ArrayBuffer(probeBytes);
  } catch (error) {
    throw asMemoryError(error);
  }
}

const signsOfShortage =
  /allocation failed|could not allocate|OOM when allocating|TF_Status: 8|out of memory|memory limit/i;

/** The error as it is, or a {@link UserError} where it says that memory ran out. */
export function asMemoryError(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error) || !signsOfShortage.test(error.message))
    return error;
  const [reason = ''] = error.message.split('\n');
  return new UserError(
    `Memory ran out during training (${reason}): this process may use ${formatBytes(memoryLimit())}. Allow it more, ` +
      'or lower batch_size, max_length or vocabulary_size.',
    { cause: error },
  );
}

/** The limit that `ulimit -v` sets, in bytes. */
function addressSpace(): number {
  const [, bytes] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(bytes ?? Infinity);
}
