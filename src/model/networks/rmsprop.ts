// Keras' rmsprop on typed arrays: v ← 0.9 v + 0.1 g², w ← w − rate · g / √(v + 1e-7). Where a gradient names the
// rows that it is about, all others have none: their w stays as it is and their v shrinks, which is made up for when
// their turn comes. So a step costs what it touches, and the result is the same.

/** The gradient of one tensor: all of it, or some of its rows, each as long as the next. */
export interface Gradient {
  readonly values: Float32Array;
  /** @default all, in order */
  readonly rows?: Int32Array;
}

export interface Rmsprop {
  /** Does one step; the gradients are in the order of the weights. */
  apply(gradients: readonly Gradient[]): void;
  /** Returns v of each weight, up to date. */
  state(): Float32Array[];
  /** Restores the result of `state`. */
  restore(state: readonly Float32Array[]): void;
}

const [rho, epsilon] = [0.9, 1e-7];

/** Beside epsilon it is nothing, and smaller numbers take a processor a hundred times as long. */
const negligible = 1e-30;

/** Changes `weights` in place. */
export function createRmsprop(weights: readonly Float32Array[], learningRate: number): Rmsprop {
  const means = weights.map((values) => new Float32Array(values.length));
  /** For each weight, the step up to which each of its rows is up to date. */
  const steps: (Int32Array | undefined)[] = weights.map(() => undefined);
  let step = 0;

  return {
    apply(gradients) {
      step++;
      gradients.forEach(({ values, rows }, index) => {
        const [weight, mean] = [weights[index], means[index]] as [Float32Array, Float32Array];
        if (!rows) {
          descend(weight, mean, values, learningRate);
          return;
        }
        const size = values.length / rows.length;
        steps[index] ??= new Int32Array(weight.length / size).fill(step - 1);
        const upTo = steps[index];
        rows.forEach((row, place) => {
          const [start, end] = [row * size, (row + 1) * size];
          const part = mean.subarray(start, end);
          shrink(part, step - 1 - (upTo[row] as number));
          upTo[row] = step;
          descend(
            weight.subarray(start, end),
            part,
            values.subarray(place * size, (place + 1) * size),
            learningRate,
          );
        });
      });
    },
    state() {
      steps.forEach((upTo, index) => {
        const mean = means[index] as Float32Array;
        upTo?.forEach((last, row) => {
          const size = mean.length / upTo.length;
          shrink(mean.subarray(row * size, (row + 1) * size), step - last);
        });
        upTo?.fill(step);
      });
      return means.map((mean) => mean.slice());
    },
    restore(state) {
      means.forEach((mean, index) => {
        mean.set(state[index] as Float32Array);
        steps[index]?.fill(step);
      });
    },
  };
}

function shrink(mean: Float32Array, missed: number): void {
  if (missed === 0) return;
  const factor = rho ** missed;
  for (let at = 0; at < mean.length; at++) mean[at] = (mean[at] as number) * factor;
}

function descend(weight: Float32Array, mean: Float32Array, gradient: Float32Array, rate: number): void {
  for (let at = 0; at < weight.length; at++) {
    const slope = gradient[at] as number;
    const next = rho * (mean[at] as number) + (1 - rho) * slope * slope;
    mean[at] = next < negligible ? 0 : next;
    weight[at] = (weight[at] as number) - (rate * slope) / Math.sqrt(next + epsilon);
  }
}
