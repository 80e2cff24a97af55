// Keeps the kernel alive when it is interrupted at an odd moment. Loaded by kernel.ts before tslab starts.
import vm from 'node:vm';

export function surviveInterrupts(): void {
  // tslab listens only once it has started.
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
 * While a cell computes, Node takes the signal to itself, and afterwards the signal ends the process until somebody listens
 * anew. A listener that the cell has added meanwhile makes Node believe that somebody does.
 */
function renewListeners(): void {
  const listeners = process.rawListeners('SIGINT') as NodeJS.SignalsListener[];
  process.removeAllListeners('SIGINT');
  for (const listener of listeners) process.on('SIGINT', listener);
}
