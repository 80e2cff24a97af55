// Optimizers by TensorFlow's kernels on resource variables, one kernel for each weight where those of TensorFlow.js take
// some twenty. Formulas and constants are Keras'.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { type Attribute, attributes, runKernel } from './kernels';
import { scope, tensorflow } from './tensorflow';

type Tensor = TensorFlow.Tensor;

/** The name of an optimizer, the hyperparameter `optimizer`. */
export type OptimizerName = 'rmsprop' | 'adam' | 'sgd';

/** One step of an optimizer on a weight and its slots, the numbers that it remembers about each weight. */
interface Rule {
  readonly kernel: string;
  /** The factor by which each slot shrinks in a step in which a row has no gradient. */
  readonly decays: readonly number[];
  /** The kernel's numbers between the slots and the gradient; `step` counts from 1. */
  numbers(rate: number, step: number): number[];
}

const rules: Record<OptimizerName, Rule> = {
  rmsprop: { kernel: 'ResourceApplyRMSProp', decays: [0.9, 0], numbers: (rate) => [rate, 0.9, 0, 1e-7] },
  adam: {
    kernel: 'ResourceApplyAdam',
    decays: [0.9, 0.999],
    numbers: (rate, step) => [0.9 ** step, 0.999 ** step, rate, 0.9, 0.999, 1e-7],
  },
  sgd: { kernel: 'ResourceApplyGradientDescent', decays: [], numbers: (rate) => [rate] },
};

/** A weight that an optimizer changes. */
export interface TrainedVariable {
  /** Returns the current values. They may share the variable's memory, and do not change with it. */
  read(): Tensor;
  /** Returns some of the rows. */
  gather(rows: Tensor): Tensor;
  write(values: Tensor): void;
  /** Does one step. */
  apply(gradient: Tensor): void;
  /** Does one step on some of the rows, each named once. The others stay as they are, and their slots shrink. */
  applyRows(gradient: Tensor, rows: Int32Array): void;
  /** Returns the optimizer's numbers about this weight, `stateLength` arrays. */
  state(): Float32Array[];
  readonly stateLength: number;
  restore(state: readonly Float32Array[]): void;
  dispose(): void;
}

/** Returns a variable that starts with these values. */
export function trainedVariable(values: Tensor, name: OptimizerName, rate: number): TrainedVariable {
  const tf = tensorflow();
  const rule = rules[name];
  const { float32 } = attributes();
  const value = resource(values);
  const slots = rule.decays.map(() => resource(tf.zerosLike(values)));
  const all = [value, ...slots];
  const rowCount = values.shape[0] ?? 1;
  let step = 0;
  /** The step up to which each row's slots are up to date. */
  const steps = new Int32Array(rowCount);

  const update = (parts: readonly Resource[], gradient: Tensor) => {
    const numbers = rule.numbers(rate, step).map((number) => tf.scalar(number));
    const handles = parts.map(({ handle }) => handle);
    runKernel(rule.kernel, [float32('T')], [...handles, ...numbers, gradient], 0);
  };
  return {
    read: value.read,
    gather: value.gather,
    write: value.write,
    apply(gradient) {
      step++;
      scope(() => update(all, gradient));
    },
    applyRows(gradient, rows) {
      step++;
      scope(() => {
        const missed = Array.from(rows, (row) => step - 1 - (steps[row] as number));
        const indices = tf.tensor1d(rows, 'int32');
        const parts = all.map((one, index) => {
          const decay = rule.decays[index - 1];
          const gathered = one.gather(indices);
          if (decay === undefined) return resource(gathered);
          const factors = tf.tensor(missed.map((count) => decay ** count));
          return resource(tf.mul(gathered, factors.reshape([-1, ...gathered.shape.slice(1).fill(1)])));
        });
        update(parts, gradient);
        parts.forEach((part, index) => {
          (all[index] as Resource).scatter(indices, part.read());
          part.dispose();
        });
        for (const row of rows) steps[row] = step;
      });
    },
    state: () =>
      scope(() => [
        ...slots.map((slot) => slot.read().dataSync<'float32'>().slice()),
        Float32Array.of(step, ...steps),
      ]),
    stateLength: slots.length + 1,
    restore(state) {
      scope(() => {
        slots.forEach((slot, index) => {
          slot.write(tf.tensor(state[index] as Float32Array, values.shape));
        });
        [step = 0] = state[slots.length] as Float32Array;
        steps.set((state[slots.length] as Float32Array).subarray(1));
      });
    },
    dispose() {
      for (const one of all) one.dispose();
    },
  };
}

/** A variable in TensorFlow's memory. */
interface Resource {
  readonly handle: Tensor;
  read(): Tensor;
  gather(rows: Tensor): Tensor;
  scatter(rows: Tensor, values: Tensor): void;
  write(values: Tensor): void;
  dispose(): void;
}

/** The name of variables that end with their handle (TensorFlow's `ResourceHandle::ANONYMOUS_NAME`). */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

function resource(start: Tensor): Resource {
  const { float32, int32, shape, text } = attributes();
  const type = float32('dtype');
  const named = [text('container', ''), text('shared_name', anonymous)];
  const handle = tensorflow().keep(
    runKernel('VarHandleOp', [type, shape('shape', start.shape), ...named], [])[0] as Tensor,
  );
  const ofRows: Attribute[] = [type, int32('Tindices')];
  const write = (values: Tensor) => {
    runKernel('AssignVariableOp', [type], [handle, values], 0);
  };
  write(start);
  return {
    handle,
    write,
    read: () => runKernel('ReadVariableOp', [type], [handle])[0] as Tensor,
    gather: (rows) => runKernel('ResourceGather', ofRows, [handle, rows])[0] as Tensor,
    scatter(rows, values) {
      runKernel('ResourceScatterUpdate', ofRows, [handle, rows, values], 0);
    },
    dispose: () => handle.dispose(),
  };
}
