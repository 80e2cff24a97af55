// The loss of a training step as an operation of TensorFlow.js, computed outside TensorFlow together with its gradient.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import type { Loss } from '../training/softmax';
import { tensorflow } from './tensorflow';

/**
 * Returns an operation on logits, and a function that returns the measurements once it has run.
 * @param compare returns the loss of logits [rows, labels] with its gradient
 */
export function lossOperation(compare: (logits: Float32Array) => Loss) {
  const tf = tensorflow();
  let known: Loss = { loss: 0, right: 0, gradient: new Float32Array() };
  const op = tf.customGrad((given) => {
    const logits = given as TensorFlow.Tensor;
    known = compare(logits.dataSync<'float32'>());
    const gradFunc = () => tf.tensor(known.gradient, logits.shape);
    return { value: tf.scalar(known.loss), gradFunc };
  });
  const measured = () => ({ loss: known.loss, right: known.right });
  return { op, measured };
}
