// Lets a notebook begin before set-up has made TensorFlow: danfo computes in JavaScript until then, and a cell that imports
// TensorFlow itself waits for it.
import Module from 'node:module';
import { finishSetUp, isTensorflowReady } from '../platform/finishSetUp';

interface TensorFlow {
  setBackend(name: 'cpu'): unknown;
  backend(): { firstUse: boolean };
}

type Load = (
  this: unknown,
  request: string,
  parent?: { filename?: string | null },
  isMain?: boolean,
) => unknown;

/** Changes how this process loads tfjs-node while it is not ready. Loaded by kernel.ts before tslab starts. */
export function waitForTensorflow(): void {
  const loader = Module as unknown as { _load: Load };
  const load = loader._load;
  loader._load = function loadReady(request, parent, isMain) {
    if (request !== '@tensorflow/tfjs-node') return load.call(this, request, parent, isMain);
    const isForDanfo = /[/\\]danfojs-node[/\\]/.test(parent?.filename ?? '');
    if (isForDanfo && !isTensorflowReady()) {
      const tfjs = load.call(this, '@tensorflow/tfjs', parent, isMain) as TensorFlow;
      // Its first use would print advice to install what set-up is installing.
      tfjs.setBackend('cpu');
      tfjs.backend().firstUse = false;
      return tfjs;
    }
    finishSetUp();
    return load.call(this, request, parent, isMain);
  };
}
