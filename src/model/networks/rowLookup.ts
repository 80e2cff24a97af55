// Word vectors in training. A step reads only the rows of its words, so that it costs what it touches.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import type { TrainedVariable } from './optimizers';
import { tensorflow } from './tensorflow';

type Tensor = TensorFlow.Tensor;

/** An embedding layer and its word vectors. */
interface TrainedEmbedding {
  readonly layer: TensorFlow.layers.Layer;
  readonly optimizer: TrainedVariable;
}

export type RowLookup = ReturnType<typeof lookUpRows>;

/** The rows that a step reads. */
interface LookedUp {
  /** The step's different tokens, padding not among them. */
  readonly rows: Int32Array;
  /** For each layer, the vectors of `rows`. */
  readonly vectors: Tensor[];
}

/** Makes the layers read the vectors of `begin()` until `end()`, and their whole matrices otherwise. */
export function lookUpRows(embeddings: readonly TrainedEmbedding[]) {
  const tf = tensorflow();
  /** For each layer, padding's vector and those of the step's tokens; `places` are the rows of each position. */
  let current: { tables: Tensor[]; places: Tensor } | undefined;
  const originals = embeddings.map(({ layer }, index) => {
    const original = layer.call;
    layer.call = (inputs, settings) => {
      const [tokens] = [inputs].flat() as [Tensor];
      if (!current) return original.call(layer, inputs, settings);
      const table = current.tables[index] as Tensor;
      return tf.gather(table, current.places).reshape([...tokens.shape, table.shape[1] as number]);
    };
    return original;
  });
  return {
    /** Reads the rows of a step's tokens. `track` runs the forward pass over these vectors. */
    begin(indices: Int32Array): LookedUp & { track<Result>(work: () => Result): Result } {
      const { rows, places } = distinct(indices);
      const vectors = embeddings.map(({ optimizer }) => optimizer.gather(rows));
      return {
        rows,
        vectors,
        track(work) {
          const tables = vectors.map((vector) =>
            tf.pad(vector, [
              [1, 0],
              [0, 0],
            ]),
          );
          current = { tables, places: tf.tensor1d(places, 'int32') };
          try {
            return work();
          } finally {
            current = undefined;
          }
        },
      };
    },
    /** Gives the layers their own `call` back. */
    restore() {
      embeddings.forEach(({ layer }, index) => {
        layer.call = originals[index] as typeof layer.call;
      });
    },
  };
}

/** Returns the different tokens except padding, and the place of each position's token after padding's. */
function distinct(indices: Int32Array): { rows: Int32Array; places: Int32Array } {
  const known = new Map<number, number>([[0, 0]]);
  const places = indices.map((index) => {
    const place = known.get(index) ?? known.size;
    known.set(index, place);
    return place;
  });
  return { rows: Int32Array.from(known.keys()).subarray(1), places };
}
