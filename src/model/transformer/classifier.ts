// An encoder's artifact ⇄ classifier. Matrices are stored as bytes with a scale for each row, a quarter of the size.

import { ArtifactFault } from '../../platform/errors';
import { toInt8Rows } from '../../text/int8Rows';
import { scope, type Tensor, tensorflow } from '../networks/tensorflow';
import {
  type Classifier,
  type ClassifierDescription,
  type Prediction,
  toPrediction,
} from '../training/classifier';
import { softmax } from '../training/softmax';
import { type NamedTensor, type TensorSpec, takeTensors } from '../training/tensors';
import { answerByLength } from './batches';
import { encode } from './encoder';
import { checkShape, type EncoderShape, encoderTensors } from './shape';
import { checkWordPieces, createPieceEncoder, type WordPieces } from './wordPieces';

/** Describes an encoder in its artifact. */
export interface EncoderDescription extends ClassifierDescription {
  shape: EncoderShape;
  wordPieces: WordPieces;
}

/** Returns the tensors of an artifact: of a matrix its bytes and its rows' scales, of a vector its numbers. */
export function packEncoder(shape: EncoderShape, weights: readonly Float32Array[]): NamedTensor[] {
  return encoderTensors(shape).flatMap(({ name, shape }, index): NamedTensor[] => {
    const values = weights[index] as Float32Array;
    const [rows, columns] = shape as [number, number | undefined];
    if (columns === undefined) return [{ name, shape, data: values }];
    const { bytes, scales } = toInt8Rows(values, columns);
    return [
      { name, shape, data: bytes },
      { name: `${name}/scales`, shape: [rows], data: scales },
    ];
  });
}

/** Returns the tensors that {@link packEncoder} makes, without their numbers. */
function packedTensors(shape: EncoderShape): TensorSpec[] {
  return encoderTensors(shape).flatMap(({ name, shape }): TensorSpec[] =>
    shape.length === 1
      ? [{ name, shape, dtype: 'float32' }]
      : [
          { name, shape, dtype: 'int8' },
          { name: `${name}/scales`, shape: shape.slice(0, 1), dtype: 'float32' },
        ],
  );
}

/** Returns the classifier, and loads TensorFlow. Throws an `ArtifactFault` if description or weights do not fit. */
export function createEncoderClassifier(
  description: ClassifierDescription,
  packed: readonly NamedTensor[],
): Classifier {
  checkDescription(description);
  const { shape, wordPieces, labels } = description;
  const weights = toWeights(packed, shape);
  const encodePieces = createPieceEncoder(wordPieces, shape.positions);
  return {
    description,
    weights: packed,
    predict(titles) {
      const tokens = { tokens: encodePieces(titles), maxLength: shape.positions };
      const rows = [...titles.keys()];
      const answers = answerByLength(tokens, rows, labels.length, (batch) =>
        scope(() =>
          encode(shape, (name) => weights.get(name) as Tensor, batch)
            .dataSync<'float32'>()
            .slice(),
        ),
      );
      softmax(answers, labels.length);
      return rows.map(
        (row): Prediction =>
          toPrediction(answers.subarray(row * labels.length, (row + 1) * labels.length), labels),
      );
    },
  };
}

function checkDescription(description: ClassifierDescription): asserts description is EncoderDescription {
  const { shape, wordPieces, labels } = description as Partial<EncoderDescription>;
  if (!shape || !wordPieces) throw new ArtifactFault('its shape or its word pieces are missing');
  checkShape(shape);
  checkWordPieces(wordPieces);
  if (wordPieces.pieces.length > shape.vocabularySize) {
    throw new ArtifactFault(
      `it has ${wordPieces.pieces.length} word pieces and vectors for ${shape.vocabularySize}`,
    );
  }
  if (shape.positions < leastPositions) {
    throw new ArtifactFault(
      `it takes ${shape.positions} tokens of a text; at least ${leastPositions} are needed`,
    );
  }
  if (labels?.length !== shape.labelCount) {
    throw new ArtifactFault(`it has ${labels?.length} labels for ${shape.labelCount} outputs`);
  }
}

/** The first piece, a piece of the text, and the last. */
export const leastPositions = 3;

/** Frees the weights of classifiers that are no longer in use. */
const abandoned = new FinalizationRegistry<Tensor[]>((tensors) => tensorflow().dispose(tensors));

/** Puts the weights into TensorFlow's memory, where they stay as long as the classifier. */
function toWeights(packed: readonly NamedTensor[], shape: EncoderShape): Map<string, Tensor> {
  const tf = tensorflow();
  const data = takeTensors(packed, packedTensors(shape));
  const weights = new Map<string, Tensor>();
  let next = 0;
  for (const { name, shape: sizes } of encoderTensors(shape)) {
    const values = data[next++] as Float32Array | Int8Array;
    const scales = values instanceof Int8Array ? (data[next++] as Float32Array) : undefined;
    const numbers = scales ? unpack(values, scales) : (values as Float32Array);
    weights.set(name, tf.keep(tf.tensor(numbers, [...sizes])));
  }
  abandoned.register(weights, [...weights.values()]);
  return weights;
}

/** Far above any scale of a trained model; a byte times it is finite. */
const largestScale = 1e6;

function unpack(bytes: ArrayLike<number>, scales: Float32Array): Float32Array {
  const columns = bytes.length / scales.length;
  const values = new Float32Array(bytes.length);
  for (let row = 0; row < scales.length; row++) {
    const scale = scales[row] as number;
    if (!(Math.abs(scale) < largestScale)) throw new ArtifactFault(`scale ${row} of its weights is ${scale}`);
    for (let at = row * columns; at < (row + 1) * columns; at++) values[at] = (bytes[at] as number) * scale;
  }
  return values;
}
