// What training moves: a network's trained weights and its optimizer's state, as lists of Float32Array that can be
// kept, compared and written to a file, and put back.
import type { Tensor } from '@tensorflow/tfjs-node';
import { type LayersModel, tensorflow } from './tensorflow';

/** One flat array for each trained tensor, in the network's order. Frozen word vectors are not among them. */
export function readTrainedWeights(model: LayersModel): Float32Array[] {
  return model.trainableWeights.map((weight) => toArray(weight.read()));
}

/** Puts back what {@link readTrainedWeights} gave for a network of the same shape. */
export function writeTrainedWeights(model: LayersModel, weights: readonly Float32Array[]): void {
  const tf = tensorflow();
  tf.tidy(() => {
    model.trainableWeights.forEach((weight, index) => {
      weight.write(tf.tensor(weights[index] as Float32Array, weight.shape as number[]));
    });
  });
}

/** The optimizer's running means, flat; none before its first step. */
export async function readOptimizer({ optimizer }: LayersModel): Promise<Float32Array[]> {
  const [steps, ...state] = await optimizer.getWeights();
  steps?.tensor.dispose();
  return state.map(({ tensor }) => toArray(tensor));
}

/** Puts back what {@link readOptimizer} gave for an optimizer of the same kind and a network of the same shape. */
export async function writeOptimizer(model: LayersModel, state: readonly Float32Array[]): Promise<void> {
  const tf = tensorflow();
  const shapes = model.trainableWeights.map(({ shape }) => shape as number[]);
  const named = state.map((values, index) => ({
    name: `state${index}`,
    tensor: tf.tensor(values, shapes[index % shapes.length]) as Tensor,
  }));
  // The number of steps, which rmsprop does not use.
  const steps = { name: 'iter', tensor: tf.scalar(0, 'int32') as Tensor };
  await model.optimizer.setWeights([steps, ...named]);
  for (const { tensor } of [steps, ...named]) tensor.dispose();
}

/** A copy: TensorFlow may hand out the memory that it goes on working with. */
function toArray(tensor: Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}
