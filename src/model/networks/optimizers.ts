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
  /** Moves a row through steps in which it has no gradient. Without it, the row stays. */
  readonly coast?: (row: AdamRow, rate: number, step: number, count: number) => void;
}

/** A row's values and its two slots. */
type AdamRow = readonly [values: Float32Array, first: Float32Array, second: Float32Array];

const rules: Record<OptimizerName, Rule> = {
  rmsprop: { kernel: 'ResourceApplyRMSProp', decays: [0.9, 0], numbers: (rate) => [rate, 0.9, 0, 1e-7] },
  adam: {
    kernel: 'ResourceApplyAdam',
    decays: [0.9, 0.999],
    numbers: (rate, step) => [0.9 ** step, 0.999 ** step, rate, 0.9, 0.999, 1e-7],
    coast: coastByAdam,
  },
  sgd: { kernel: 'ResourceApplyGradientDescent', decays: [], numbers: (rate) => [rate] },
};

/** Steps after which 0.9 ** steps, and so what Adam still moves, is about 1e-6. */
const coasting = 130;
const powers = Array.from({ length: coasting }, (_, index) => 0.9 ** (index + 1));
const shrinkages = Array.from({ length: coasting }, (_, index) => 0.999 ** ((index + 1) / 2));

/**
 * Keras' Adam moves a weight by its first slot even while its gradient is zero: in each step by a share of
 * `slot / (root * shrinkage + epsilon)`, where shrinkages are just below 1. Their mean and central moments give the sum over
 * all steps, by Taylor's formula.
 */
function coastByAdam([values, first, second]: AdamRow, rate: number, step: number, count: number): void {
  const steps = Math.min(count, coasting);
  let [total, mean, square, cube] = [0, 0, 0, 0];
  const shares = new Float64Array(steps);
  for (let ahead = 0; ahead < steps; ahead++) {
    const share = biasOf(step + ahead + 1) * (powers[ahead] as number);
    shares[ahead] = share;
    total += share;
    mean += share * (shrinkages[ahead] as number);
  }
  mean /= total;
  for (let ahead = 0; ahead < steps; ahead++) {
    const from = (shrinkages[ahead] as number) - mean;
    const part = (shares[ahead] as number) * from * from;
    square += part;
    cube += part * from;
  }
  for (let index = 0; index < first.length; index++) {
    const root = Math.sqrt(second[index] as number);
    const divisor = root * mean + 1e-7;
    const ratio = root / divisor;
    const sum = (total + ratio * ratio * (square - ratio * cube)) / divisor;
    values[index] = (values[index] as number) - rate * sum * (first[index] as number);
  }
}

const biases: number[] = [];

/** Returns the factor by which Adam corrects its slots, which start with zero. */
function biasOf(step: number): number {
  biases[step] ??= Math.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step);
  return biases[step] as number;
}

/** A weight that an optimizer changes. */
export interface TrainedVariable {
  /** Returns the current values. They may share the variable's memory, and do not change with it. */
  read(): Tensor;
  /** Returns some of the rows, each named once. */
  gather(rows: Int32Array): Tensor;
  write(values: Tensor): void;
  /** Does one step. */
  apply(gradient: Tensor): void;
  /** Does one step on some of the rows, each named once. The others have a gradient of zero; they follow when they are read. */
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
  const everyRow = Int32Array.from({ length: rowCount }, (_, row) => row);
  let step = 0;
  /** The step up to which each row is up to date, and whether any is not. */
  const steps = new Int32Array(rowCount);
  let isBehind = false;

  /** Brings rows up to date, which have had no gradient since. */
  const catchUp = (rows: Int32Array) => {
    const late = isBehind ? rows.filter((row) => (steps[row] as number) < step) : [];
    if (late.length === 0) return;
    scope(() => {
      const indices = tf.tensor1d(late, 'int32');
      const gathered = all.map((one) => one.gather(indices));
      const numbers = gathered.map((tensor) => tensor.dataSync<'float32'>().slice());
      const width = (numbers[0] as Float32Array).length / late.length;
      late.forEach((row, place) => {
        const from = steps[row] as number;
        const parts = numbers.map((some) => some.subarray(place * width, (place + 1) * width));
        rule.coast?.(parts as unknown as AdamRow, rate, from, step - from);
        rule.decays.forEach((decay, slot) => {
          const factor = decay ** (step - from);
          const part = parts[slot + 1] as Float32Array;
          for (let at = 0; at < width; at++) part[at] = (part[at] as number) * factor;
        });
        steps[row] = step;
      });
      all.forEach((one, index) => {
        if (index === 0 && !rule.coast) return;
        one.scatter(indices, tf.tensor(numbers[index] as Float32Array, (gathered[index] as Tensor).shape));
      });
    });
  };
  const catchUpAll = () => {
    catchUp(everyRow);
    isBehind = false;
  };

  const update = (parts: readonly Resource[], gradient: Tensor) => {
    const numbers = rule.numbers(rate, step).map((number) => tf.scalar(number));
    const handles = parts.map(({ handle }) => handle);
    runKernel(rule.kernel, [float32('T')], [...handles, ...numbers, gradient], 0);
  };
  return {
    read() {
      catchUpAll();
      return value.read();
    },
    gather(rows) {
      catchUp(rows);
      return value.gather(tf.tensor1d(rows, 'int32'));
    },
    write(values) {
      value.write(values);
      steps.fill(step);
      isBehind = false;
    },
    apply(gradient) {
      catchUpAll();
      steps.fill(++step);
      scope(() => update(all, gradient));
    },
    applyRows(gradient, rows) {
      catchUp(rows);
      step++;
      isBehind = true;
      scope(() => {
        const indices = tf.tensor1d(rows, 'int32');
        const parts = all.map((one) => resource(one.gather(indices)));
        update(parts, gradient);
        parts.forEach((part, index) => {
          (all[index] as Resource).scatter(indices, part.read());
          part.dispose();
        });
        for (const row of rows) steps[row] = step;
      });
    },
    state() {
      catchUpAll();
      return scope(() => [
        ...slots.map((slot) => slot.read().dataSync<'float32'>().slice()),
        Float32Array.of(step),
      ]);
    },
    stateLength: slots.length + 1,
    restore(state) {
      scope(() => {
        slots.forEach((slot, index) => {
          slot.write(tf.tensor(state[index] as Float32Array, values.shape));
        });
        [step = 0] = state[slots.length] as Float32Array;
        steps.fill(step);
      });
    },
    dispose() {
      for (const one of all) one.dispose();
    },
  };
}

/** A variable in TensorFlow's memory. */
export interface Resource {
  readonly handle: Tensor;
  read(): Tensor;
  gather(rows: Tensor): Tensor;
  scatter(rows: Tensor, values: Tensor): void;
  write(values: Tensor): void;
  dispose(): void;
}

/** The name of variables that end with their handle (TensorFlow's `ResourceHandle::ANONYMOUS_NAME`). */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/** Returns a variable that starts with these values. */
export function resource(start: Tensor): Resource {
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
