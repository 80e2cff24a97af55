// A pretrained BERT encoder in the layout of the Hugging Face hub: a folder with config.json, model.safetensors and tokenizer.json.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactFault, UserError } from '../../platform/errors';
import { projectFolder } from '../../platform/paths';
import { openSafetensors, type Safetensors } from './safetensors';
import { checkShape, type EncoderShape } from './shape';
import { readWordPieces, type WordPieces } from './wordPieces';

/** Sizes of an encoder that are known before a run chooses how much of it to use. */
type WholeShape = Omit<EncoderShape, 'labelCount'>;

/** A pretrained encoder. */
export interface PretrainedEncoder {
  readonly shape: WholeShape;
  /** Share of the numbers that each dropout drops in training. */
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly wordPieces: WordPieces;
  /** Its weights by name, all of `encoderTensors()` but those of the labels and, where it has none, the pooler; `positions` cut to as many rows. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** The folder that `npm run setup -- minilm` fills. */
export const pretrainedFolder = join(projectFolder, 'data', 'minilm');

/** The most bytes of a JSON file that are read. */
const largestJson = 2 ** 26;

/**
 * Reads a pretrained encoder.
 * @param folder its path
 * @param positions the most tokens of a text
 * @throws `UserError` that names the file and what is wrong with it: missing, cut off, of another kind, tensors that do not fit
 */
export async function readPretrained(folder: string, positions: number): Promise<PretrainedEncoder> {
  const config = await readPart(folder, 'config.json', async (path) => configOf(await readJson(path)));
  const wordPieces = await readPart(folder, 'tokenizer.json', async (path) => {
    const read = readWordPieces(await readJson(path));
    if (read.pieces.length <= config.shape.vocabularySize) return read;
    throw new ArtifactFault(
      `it has ${read.pieces.length} pieces, and the model's vocabulary ${config.shape.vocabularySize}`,
    );
  });
  if (positions > config.shape.positions) {
    throw new UserError(
      `max_length is ${positions}, but the pretrained model in ${folder} has vectors for ${config.shape.positions} positions. Lower max_length.`,
    );
  }
  const shape = { ...config.shape, positions };
  const weights = await readPart(folder, 'model.safetensors', async (path) => {
    const file = await openSafetensors(path);
    try {
      return await readWeights(file, shape, config.shape.positions);
    } finally {
      await file.close();
    }
  });
  return { ...config, shape, wordPieces, weights };
}

/** Reads one of its files. Throws a {@link UserError} that names it. */
async function readPart<Part>(
  folder: string,
  name: string,
  read: (path: string) => Promise<Part>,
): Promise<Part> {
  try {
    return await read(join(folder, name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof ArtifactFault) && code === undefined) throw error;
    throw new UserError(
      `The pretrained model cannot be used: ${join(folder, name)}: ${code === 'ENOENT' ? 'it is missing' : message}. Give a folder with ` +
        'config.json, model.safetensors and tokenizer.json of a BERT model, such as all-MiniLM-L6-v2 (`npm run setup -- minilm` downloads it).',
      { cause: error },
    );
  }
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const { size } = await stat(path);
  if (size > largestJson)
    throw new ArtifactFault(`it has ${size} bytes, and at most ${largestJson} are read`);
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ArtifactFault('it is not a JSON object');
}

/** Settings of a BERT model that change its arithmetic, with the only values that are known here. */
const known = { model_type: 'bert', hidden_act: 'gelu', position_embedding_type: 'absolute' };

/** Their names in the configuration. */
const sizes = {
  vocabularySize: 'vocab_size',
  positions: 'max_position_embeddings',
  size: 'hidden_size',
  blocks: 'num_hidden_layers',
  heads: 'num_attention_heads',
  inner: 'intermediate_size',
} as const;

function configOf(
  config: Record<string, unknown>,
): Pick<PretrainedEncoder, 'shape' | 'dropout' | 'attentionDropout'> {
  for (const [name, value] of Object.entries(known)) {
    const found = config[name] ?? (name === 'model_type' ? undefined : value);
    if (found !== value) {
      throw new ArtifactFault(`its ${name} is ${JSON.stringify(config[name])} instead of "${value}"`);
    }
  }
  for (const key of Object.values(sizes)) {
    if (config[key] === undefined) throw new ArtifactFault(`it has no ${key}`);
  }
  const shape = {
    ...Object.fromEntries(Object.entries(sizes).map(([name, key]) => [name, config[key]])),
    epsilon: config.layer_norm_eps ?? 1e-12,
  } as WholeShape;
  checkShape({ ...shape, labelCount: 1 });
  const [dropout, attentionDropout] = ['hidden_dropout_prob', 'attention_probs_dropout_prob'].map((name) => {
    const rate = config[name] ?? 0.1;
    if (typeof rate === 'number' && rate >= 0 && rate < 1) return rate;
    throw new ArtifactFault(`its ${name} is ${JSON.stringify(rate)}, not a number from 0 to 1`);
  }) as [number, number];
  return { shape, dropout, attentionDropout };
}

/** Reads the weights. Kernels lie there as [units, inputs]. All texts are of type 0, whose vector is added to each position's. */
async function readWeights(
  file: Safetensors,
  shape: WholeShape,
  allPositions: number,
): Promise<Map<string, Float32Array>> {
  const { size, inner, blocks, positions } = shape;
  // Models with a head hold the encoder under bert.
  const prefix = file.shapes.has('bert.embeddings.word_embeddings.weight') ? 'bert.' : '';
  const read = (name: string, ...sizes: number[]) => file.read(`${prefix}${name}`, sizes);
  const weights = new Map<string, Float32Array>();
  const readLinear = async (name: string, from: string, units: number, inputs: number) => {
    weights.set(`${name}/kernel`, transposed(await read(`${from}.weight`, units, inputs), inputs));
    weights.set(`${name}/bias`, await read(`${from}.bias`, units));
  };
  const readNormalisation = async (name: string, from: string) => {
    // Older checkpoints name them gamma and beta.
    const isOld = file.shapes.has(`${prefix}${from}.LayerNorm.gamma`);
    const [scale, offset] = isOld ? ['gamma', 'beta'] : ['weight', 'bias'];
    weights.set(`${name}/scale`, await read(`${from}.LayerNorm.${scale}`, size));
    weights.set(`${name}/offset`, await read(`${from}.LayerNorm.${offset}`, size));
  };

  weights.set('pieces', await read('embeddings.word_embeddings.weight', shape.vocabularySize, size));
  const types = 'embeddings.token_type_embeddings.weight';
  const ofTypes = await read(types, file.shapes.get(`${prefix}${types}`)?.[0] ?? 2, size);
  const ofPositions = await read('embeddings.position_embeddings.weight', allPositions, size);
  const used = ofPositions.slice(0, positions * size);
  weights.set(
    'positions',
    used.map((value, at) => value + (ofTypes[at % size] as number)),
  );
  await readNormalisation('embedded', 'embeddings');
  for (let block = 0; block < blocks; block++) {
    const [name, from] = [`block_${block}`, `encoder.layer.${block}`];
    const kernels: Float32Array[] = [];
    const biases: Float32Array[] = [];
    for (const part of ['query', 'key', 'value']) {
      kernels.push(await read(`${from}.attention.self.${part}.weight`, size, size));
      biases.push(await read(`${from}.attention.self.${part}.bias`, size));
    }
    weights.set(`${name}/attention/kernel`, transposed(joined(kernels), size));
    weights.set(`${name}/attention/bias`, joined(biases));
    await readLinear(`${name}/joined`, `${from}.attention.output.dense`, size, size);
    await readNormalisation(`${name}/attended`, `${from}.attention.output`);
    await readLinear(`${name}/inner`, `${from}.intermediate.dense`, inner, size);
    await readLinear(`${name}/outer`, `${from}.output.dense`, size, inner);
    await readNormalisation(`${name}/output`, `${from}.output`);
  }
  // Checkpoints of masked language models have no pooler; training draws one.
  if (file.shapes.has(`${prefix}pooler.dense.weight`)) await readLinear('pooled', 'pooler.dense', size, size);
  return weights;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

/** [rows, columns] → [columns, rows] */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return turned;
}
