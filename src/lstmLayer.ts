// An LSTM layer with Keras' arithmetic and Keras' weights, computed by TensorFlow's own kernel for whole sequences
// (BlockLSTMV2). tf.layers.lstm issues some 60 kernels for each token, which makes a step a hundred times as long.
import type { layers, Shape, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-node';
import type { Int64Scalar } from '@tensorflow/tfjs-node/dist/int64_tensors';
import { seededRandom } from './random';
import { tensorflow } from './tensorflow';

export interface LstmOptions {
  units: number;
  /** Whether the output holds the state after every token, or after the last one only. */
  returnSequences: boolean;
  /** Of the starting weights. */
  seed: number;
}

/**
 * Input float32 [rows, tokens, size], output float32 [rows, tokens, units] or [rows, units]. Its weights are kernel
 * [size, 4 units], recurrent kernel [units, 4 units] and bias [4 units], gates in the order input, forget, cell,
 * output. They start as Keras' do: Glorot uniform; orthogonal; zero, and one at the forget gate.
 */
export function lstmLayer({ units, returnSequences, seed }: LstmOptions): layers.Layer {
  const tf = tensorflow();

  class LstmLayer extends tf.layers.Layer {
    static readonly className = 'LstmLayer';

    override build(inputShape: Shape | Shape[]): void {
      const size = (inputShape as Shape)[2] as number;
      const { glorotUniform, zeros } = tf.initializers;
      this.addWeight('kernel', [size, 4 * units], 'float32', glorotUniform({ seed }));
      const recurrent = this.addWeight('recurrent_kernel', [units, 4 * units], 'float32', zeros());
      const bias = this.addWeight('bias', [4 * units], 'float32', zeros());
      tf.tidy(() => {
        recurrent.write(tf.tensor2d(orthonormalRows(units, 4 * units, seed)));
        const isForgetGate = Array.from(
          { length: 4 * units },
          (_, column) => column >= units && column < 2 * units,
        );
        bias.write(tf.tensor1d(isForgetGate.map(Number)));
      });
      super.build(inputShape);
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const [rows = null, tokens = null] = inputShape as Shape;
      return returnSequences ? [rows, tokens, units] : [rows, units];
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor3D;
        const [kernel, recurrent, bias] = this.weights.map((weight) => weight.read());
        const kernels = tf.concat([kernel as Tensor2D, recurrent as Tensor2D]);
        const states = wholeSequence(units)(input.transpose([1, 0, 2]), kernels, bias as Tensor) as Tensor3D;
        if (returnSequences) return states.transpose([1, 0, 2]);
        return states.slice([states.shape[0] - 1, 0, 0]).squeeze([0]);
      });
    }
  }

  return new LstmLayer({});
}

/** What of tfjs-node's backend is needed to call a kernel by its name in TensorFlow. */
interface NodeBackend {
  binding: { TF_ATTR_TYPE: number; TF_ATTR_BOOL: number; TF_ATTR_FLOAT: number; TF_FLOAT: number };
  executeMultipleOutputs(
    kernel: string,
    attributes: { name: string; type: number; value: number | boolean }[],
    inputs: (Tensor | Int64Scalar)[],
    outputs: number,
  ): Tensor[];
}

/**
 * The states [tokens, rows, units] of an LSTM that starts at zero, from its input [tokens, rows, size], both kernels
 * one below the other [size + units, 4 units] and the bias, with their gradients. The kernel's inputs and outputs
 * are described in TensorFlow's api_def_BlockLSTMV2.pbtxt; without peepholes and clipping it is Keras' LSTM.
 */
function wholeSequence(units: number) {
  const tf = tensorflow();
  const { binding, executeMultipleOutputs } = bindBackend();
  const attributes = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'use_peephole', type: binding.TF_ATTR_BOOL, value: false },
  ];
  const noClipping = { name: 'cell_clip', type: binding.TF_ATTR_FLOAT, value: -1 };
  const arrange = (input: Tensor, kernels: Tensor, bias: Tensor) => {
    const [tokens = 0, rows = 0] = input.shape;
    const start = tf.zeros([rows, units]);
    const peephole = tf.zeros([units]);
    return [int64(tokens), input, start, start, kernels, peephole, peephole, peephole, bias];
  };

  return tf.customGrad((...given) => {
    const [input, kernels, bias, save] = given as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const inputs = arrange(input, kernels, bias);
    const outputs = executeMultipleOutputs('BlockLSTMV2', [...attributes, noClipping], inputs, 7);
    const states = outputs[6] as Tensor;
    save([input, kernels, bias, ...outputs]);
    return {
      value: states,
      gradFunc(gradient: Tensor, saved: Tensor[]) {
        const [input, kernels, bias, ...outputs] = saved as [Tensor, Tensor, Tensor, ...Tensor[]];
        const cells = tf.zerosLike(outputs[1] as Tensor);
        const known = [...arrange(input, kernels, bias), ...outputs, cells, gradient];
        const gradients = executeMultipleOutputs('BlockLSTMGradV2', attributes, known, 8);
        return [gradients[0], gradients[3], gradients[7]] as Tensor[];
      },
    };
  });
}

/** tfjs-node's own, loaded with it rather than before. */
function int64(value: number): Int64Scalar {
  const { Int64Scalar } = require('./tfjsNode');
  return new Int64Scalar(value);
}

function bindBackend(): NodeBackend {
  const backend = tensorflow().backend() as unknown as NodeBackend;
  return {
    binding: backend.binding,
    executeMultipleOutputs: backend.executeMultipleOutputs.bind(backend),
  };
}

/** Normal draws made orthonormal one after the other (Gram and Schmidt): Keras' orthogonal start for rows ≤ columns. */
function orthonormalRows(rows: number, columns: number, seed: number): number[][] {
  const random = seededRandom(seed);
  // Box and Muller's transform; 1 − fraction lies in (0, 1].
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
  const done: number[][] = [];
  for (let row = 0; row < rows; row++) {
    let vector = Array.from({ length: columns }, normal);
    for (const other of done) {
      const shared = dot(vector, other);
      vector = vector.map((value, column) => value - shared * (other[column] as number));
    }
    const length = Math.sqrt(dot(vector, vector));
    done.push(vector.map((value) => value / length));
  }
  return done;
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] as number), 0);
}
