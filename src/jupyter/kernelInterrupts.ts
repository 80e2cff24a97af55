// Keeps the kernel alive when it is interrupted at an unexpected moment. Loaded by kernel.ts before tslab starts.
import vm from 'node:vm';

export function surviveInterrupts(): void {
  // Without a listener, a signal before tslab adds its own would end the process.
  process.on('SIGINT', () => undefined);
  const { runInThisContext } = vm;
  vm.runInThisContext = (code, options) => {
    try {
      return runInThisContext(code, options);
    } finally {
      renewListeners();
    }
  };
}

/**
 * While a cell computes, Node handles the signal itself. Afterwards a signal would end the process until a first listener is
 * added, and one that the cell added meanwhile counts as the first. So all are removed and added again.
 */
function renewListeners(): void {
  const listeners = process.rawListeners('SIGINT') as NodeJS.SignalsListener[];
  process.removeAllListeners('SIGINT');
  for (const listener of listeners) process.on('SIGINT', listener);
}
