// Describes how a child process of a session ended, with the memory limit that it may have reached.
import { formatBytes } from '../../platform/format';
import { describeEnd } from '../../platform/processEnd';
import type { ProcessRecord } from './record';

/** Returns a sentence on a child that has ended, such as "It was killed, as when memory runs out: it may use 2 GB here." */
export function describeChildEnd(record: ProcessRecord, log: readonly string[]): string {
  return `It ${describeEnd(record, describeLimit(record, log))}.`;
}

function describeLimit({ memoryLimit, heapLimit = Infinity }: ProcessRecord, log: readonly string[]): string {
  // V8 also logs "heap out of memory" when the system gives no more memory to a heap far from its limit.
  const isHeapFull = log.some((line) => /heap limit.*heap out of memory/.test(line));
  if (isHeapFull && heapLimit < (memoryLimit ?? Infinity)) {
    const more = 'NODE_OPTIONS=--max-old-space-size=MEGABYTES sets it';
    return `its limit for JavaScript's objects is ${formatBytes(heapLimit)}, and ${more}`;
  }
  return memoryLimit === undefined ? '' : `it may use ${formatBytes(memoryLimit)} here`;
}
