// How much memory there is, for the sentence about a process that was killed.
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/** Bytes that this process may use: of the machine, of its container or control group, of its own address space. */
export function memoryLimit(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity, addressSpace());
}

/** The limit that `ulimit -v` sets, in bytes. */
function addressSpace(): number {
  const [, bytes] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(bytes ?? Infinity);
}
