// What a cell does when its kernel is interrupted: tslab itself would let everything go on unseen.

/** Does the work; an interruption meanwhile calls `interrupt`, once. */
export async function onInterrupt<Value>(interrupt: () => void, work: () => Promise<Value>): Promise<Value> {
  process.once('SIGINT', interrupt);
  try {
    return await work();
  } finally {
    process.off('SIGINT', interrupt);
  }
}
