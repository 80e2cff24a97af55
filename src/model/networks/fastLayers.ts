// TensorFlow's arithmetic behind tf.layers' own classes: LSTM layers by its kernels for whole sequences (BlockLSTMV2,
// BlockLSTMGradV2; api_def_BlockLSTMV2.pbtxt describes their inputs and outputs), ReLU's gradient in one kernel instead of
// three, and the gradient of a maximum, which equal values share; in TensorFlow.js each of them gets all of it.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { attributes, int64, runKernel } from './kernels';
import { tensorflow } from './tensorflow';

type Tensor = TensorFlow.Tensor;
type Tensor3D = TensorFlow.Tensor3D;

/** Replaces the `call` of every LSTM layer whose settings the kernels know; other layers stay as they are. */
export function accelerate(model: TensorFlow.LayersModel): void {
  registerGradients();
  for (const layer of model.layers) if (isPlainLstm(layer)) accelerateLstm(layer);
}

function registerGradients(): void {
  const tf = tensorflow();
  const { float32 } = attributes();
  tf.registerGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (gradient, [output]) => ({
      x: () => runKernel('ReluGrad', [float32('T')], [gradient as Tensor, output as Tensor])[0] as Tensor,
    }),
  });
  tf.registerGradient({
    kernelName: 'Max',
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (gradient, saved, settings) => {
      const [input, largest] = saved as [Tensor, Tensor];
      const axes = tf.util.parseAxisParam(settings.reductionIndices as number | number[], input.shape);
      const kept = input.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const isLargest = tf.equal(input, largest.reshape(kept)).toFloat();
      const share = tf.div((gradient as Tensor).reshape(kept), tf.sum(isLargest, axes, true));
      return { x: () => tf.mul(isLargest, share) };
    },
  });
}

/** The weights of an LSTM layer, in Keras' order of gates: input, forget, cell, output. */
interface LstmCell {
  readonly units: number;
  readonly kernel: { read(): Tensor };
  readonly recurrentKernel: { read(): Tensor };
  readonly bias: { read(): Tensor };
}

function isPlainLstm(layer: TensorFlow.layers.Layer): boolean {
  if (layer.getClassName() !== 'LSTM') return false;
  const settings = layer.getConfig();
  const isOff = (name: string) => !settings[name];
  return (
    settings.activation === 'tanh' &&
    settings.recurrentActivation === 'sigmoid' &&
    settings.useBias === true &&
    ['dropout', 'recurrentDropout', 'goBackwards', 'stateful', 'returnState'].every(isOff)
  );
}

function accelerateLstm(layer: TensorFlow.layers.Layer): void {
  const tf = tensorflow();
  const { cell, returnSequences } = layer as unknown as { cell: LstmCell; returnSequences: boolean };
  const original = layer.call.bind(layer);
  layer.call = (inputs, settings) => {
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor3D;
    if (settings.mask || settings.initialState) return original(inputs, settings);
    return tf.tidy(() => {
      const states = lstm(tf.transpose(input, [1, 0, 2]), cell);
      if (returnSequences) return tf.transpose(states, [1, 0, 2]);
      const [steps, rows, units] = states.shape;
      return tf.slice(states, [steps - 1, 0, 0], [1, rows, units]).reshape([rows, units]);
    });
  };
}

/** Input [steps, rows, size] → states [steps, rows, units]. */
function lstm(input: Tensor3D, { units, kernel, recurrentKernel, bias }: LstmCell): Tensor3D {
  const tf = tensorflow();
  const { float32, flag, number } = attributes();
  const plain = [float32('T'), flag('use_peephole', false)];
  const [steps, rows, size] = input.shape;
  const pass = tf.customGrad((...given) => {
    const [x, inputKernel, stateKernel, sums] = given as unknown as [Tensor, Tensor, Tensor, Tensor];
    const none = tf.zeros([units]);
    const start = tf.zeros([rows, units]);
    const whole = tf.concat([inputKernel, stateKernel], 0);
    const inputs = [int64(steps), x, start, start, whole, none, none, none, sums];
    const outputs = runKernel('BlockLSTMV2', [...plain, number('cell_clip', -1)], inputs, 7);
    const save = given.at(-1) as unknown as (tensors: Tensor[]) => void;
    save([...inputs, ...outputs]);
    const gradFunc = (gradient: Tensor, saved: Tensor[]) => {
      const known = [...saved, tf.zerosLike(gradient), gradient];
      const gradients = runKernel('BlockLSTMGradV2', plain, known, 8);
      const [ofInput, , , ofKernels, , , , ofBias] = gradients as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        ...Tensor[],
      ];
      const [ofInputKernel, ofStateKernel] = tf.split(ofKernels, [size, units], 0);
      return [ofInput, ofInputKernel, ofStateKernel, ofBias] as Tensor[];
    };
    return { value: outputs[6] as Tensor, gradFunc };
  });
  return pass(input, kernel.read(), recurrentKernel.read(), bias.read()) as Tensor3D;
}
