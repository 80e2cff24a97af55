import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertClose, tinyBert } from '../../testing/folders';
import { scope, type Tensor, tensorflow } from '../networks/tensorflow';
import { answerByLength, takeBatch } from './batches';
import { encode } from './encoder';
import { type PretrainedEncoder, pretrainedFolder, readPretrained } from './pretrained';
import { encoderTensors } from './shape';
import { createPieceEncoder } from './wordPieces';

const expected = JSON.parse(readFileSync(join(tinyBert, 'expected.json'), 'utf8')) as {
  texts: string[];
  pieces: number[][];
  pooled: number[][];
};

/** Returns a function from a batch to the pooled vectors: logits of labels that are its numbers. */
function pooling({ shape: given, weights }: PretrainedEncoder) {
  const tf = tensorflow();
  const shape = { ...given, labelCount: given.size };
  const identity = tf.eye(given.size).dataSync<'float32'>();
  const all = new Map([
    ...weights,
    ['labels/kernel', identity],
    ['labels/bias', new Float32Array(given.size)],
  ]);
  const tensors = new Map(
    encoderTensors(shape).map(({ name, shape }) => [
      name,
      tf.tensor(all.get(name) as Float32Array, [...shape]),
    ]),
  );
  return (batch: ReturnType<typeof takeBatch>) =>
    scope(() =>
      encode(shape, (name) => tensors.get(name) as Tensor, batch)
        .dataSync<'float32'>()
        .slice(),
    );
}

test('the forward pass is that of TensorFlow’s own BERT', async () => {
  const encoder = await readPretrained(tinyBert, 16);
  const answer = pooling(encoder);
  const tokens = { tokens: Int32Array.from(expected.pieces.flat()), maxLength: 16 };
  const rows = [...expected.pieces.keys()];
  assertClose(answer(takeBatch(tokens, rows)), expected.pooled.flat(), 2e-6);
  for (const row of rows) {
    assertClose(answer(takeBatch(tokens, [row])), expected.pooled[row] as number[], 2e-6);
  }
  assertClose(answerByLength(tokens, rows, encoder.shape.size, answer), expected.pooled.flat(), 2e-6);
});

/** The first numbers of pooled vectors by transformers.TFBertModel 4.38.2, on TensorFlow 2.15.1, with all-MiniLM-L6-v2. */
const whole: [text: string, pooled: number[]][] = [
  [
    'Central bank leaves its rate as it is',
    [-0.102781, 0.031588, -0.031865, 0.029616, -0.045288, 0.014639, 0.00475, -0.019981],
  ],
  [
    'Café owners’ new film: “résumé”, part 2',
    [0.035118, -0.124177, 0.024764, 0.039675, -0.074434, 0.004682, -0.010116, 0.09362],
  ],
  ['heart '.repeat(40), [-0.09141, -0.035934, 0.093605, 0.051007, -0.013585, 0.127363, 0.01669, 0.047996]],
];

test('the whole of MiniLM answers as TensorFlow’s own BERT', {
  skip: !existsSync(pretrainedFolder) && 'data/minilm is missing: npm run setup -- minilm',
}, async () => {
  const encoder = await readPretrained(pretrainedFolder, 24);
  const tokens = {
    tokens: createPieceEncoder(encoder.wordPieces, 24)(whole.map(([text]) => text)),
    maxLength: 24,
  };
  const pooled = answerByLength(tokens, [...whole.keys()], encoder.shape.size, pooling(encoder));
  whole.forEach(([, numbers], row) => {
    const start = row * encoder.shape.size;
    assertClose(pooled.subarray(start, start + numbers.length), numbers, 1e-5);
  });
});
