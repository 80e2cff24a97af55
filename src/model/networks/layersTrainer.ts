// A model of tf.layers in training. A step computes loss and gradients and moves the weights; measuring changes nothing.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { seededRandom } from '../../data/random';
import type { Examples } from '../training/examples';
import { crossEntropy } from '../training/softmax';
import type { Trainer } from '../training/trainer';
import { accelerate } from './fastLayers';
import { lastLayer, type MadeModel, type NamedVariable, weightsOf } from './layersModel';
import { lossOperation } from './lossOperation';
import { type OptimizerName, type TrainedVariable, trainedVariable } from './optimizers';
import { lookUpRows, type RowLookup } from './rowLookup';
import { scope, tensorflow } from './tensorflow';
import { takeTokens } from './tokens';

type Tensor = TensorFlow.Tensor;

export interface LayersTrainerSettings {
  optimizer: OptimizerName;
  learningRate: number;
  seed: number;
  /** See `LoadedNetwork.padding`. */
  padding?: number | undefined;
  /** The weight of the rows of each label. @default 1 each */
  labelWeights?: readonly number[] | undefined;
}

/** @property end ends training: frees what only training needs, and lets the model end in its own activation again */
export interface LayersTrainer extends Trainer {
  end(): void;
}

/** Returns a trainer that changes the model's weights. From the first epoch to `end()`, `Math.random` is seeded. */
export function createLayersTrainer(made: MadeModel, settings: LayersTrainerSettings): LayersTrainer {
  const tf = tensorflow();
  const { model } = made;
  const { seed, padding } = settings;
  accelerate(model);
  const restoreActivation = endInLogits(model);
  const restoreRandom = keepRandom();
  const { changing, trained, whole, byRow } = sortWeights(made, settings);
  const rowLookup = lookUpRows(byRow);
  const step = createStep(model, { whole, byRow, rowLookup, settings });
  /** Brings the model's word vectors up to date, which steps leave behind. */
  const showRows = () =>
    scope(() => {
      for (const { variable, optimizer } of byRow) variable.write(optimizer.read());
    });

  return {
    beginEpoch(epoch) {
      // At the same places in every run, so that one that continues has the same bits.
      showRows();
      Math.random = seededRandom(seed + 104_729 * epoch).fraction;
    },
    step: (examples, rows) => scope(() => step(takeInput(examples, rows, padding))),
    measure: (examples, rows) =>
      scope(() => {
        showRows();
        const { labels, input } = takeInput(examples, rows, padding);
        const { loss, right } = crossEntropy(numbersOf(model.apply(input) as Tensor), labels);
        return { loss, right };
      }),
    weights() {
      showRows();
      return changing.map(({ variable }) => numbersOf(variable.read()).slice());
    },
    optimizer: () => trained.flatMap(({ optimizer }) => optimizer.state()),
    restore(saved, state) {
      scope(() => {
        changing.forEach(({ variable }, index) => {
          variable.write(tf.tensor(saved[index] as Float32Array, variable.shape as number[]));
        });
        let first = 0;
        for (const { variable, optimizer } of trained) {
          optimizer.write(variable.read());
          if (!state) continue;
          optimizer.restore(state.slice(first, first + optimizer.stateLength));
          first += optimizer.stateLength;
        }
      });
    },
    end() {
      showRows();
      rowLookup.restore();
      for (const { optimizer } of trained) optimizer.dispose();
      restoreActivation();
      restoreRandom();
    },
  };
}

interface TrainedWeight extends NamedVariable {
  readonly optimizer: TrainedVariable;
}

/**
 * Sorts a model's weights, and opens an optimizer for each that is trained.
 * @returns those that change in training, and those that the optimizer moves: as a whole, or word vectors by row
 */
function sortWeights({ model, embeddings }: MadeModel, { optimizer, learningRate }: LayersTrainerSettings) {
  const all = weightsOf(model);
  const trainableIds = new Set(model.trainableWeights.map(({ id }) => id));
  const isTrained = ({ variable }: NamedVariable) => trainableIds.has(variable.id);
  const isEmbedding = ({ layer }: NamedVariable) => embeddings.includes(layer);
  const trained = scope(() =>
    all.filter(isTrained).map(
      (weight): TrainedWeight => ({
        ...weight,
        optimizer: trainedVariable(weight.variable.read(), optimizer, learningRate),
      }),
    ),
  );
  return {
    changing: all.filter((weight) => isTrained(weight) || !isEmbedding(weight)),
    trained,
    whole: trained.filter((weight) => !isEmbedding(weight)),
    byRow: trained.filter(isEmbedding),
  };
}

interface StepParts {
  readonly whole: readonly TrainedWeight[];
  readonly byRow: readonly TrainedWeight[];
  readonly rowLookup: RowLookup;
  readonly settings: LayersTrainerSettings;
}

/** Returns a function that computes the loss and gradients of some rows and moves the weights. */
function createStep(
  model: TensorFlow.LayersModel,
  { whole, byRow, rowLookup, settings }: StepParts,
): (input: Input) => { loss: number; right: number } {
  const tf = tensorflow();
  // Sequential models do not count their layers' penalties themselves.
  const penalties = () => model.layers.flatMap((layer) => layer.calculateLosses());
  const hasPenalties = scope(() => penalties().length > 0);
  return ({ tokens, labels, input }) => {
    const looked = rowLookup.begin(tokens.indices);
    const { op: loss, measured } = lossOperation((logits) =>
      crossEntropy(logits, labels, settings.labelWeights),
    );
    const sources = [...whole.map(({ variable }) => variable.read()), ...looked.vectors];
    const forward = () => {
      const logits = looked.track(() => model.apply(input, { training: true })) as Tensor;
      return hasPenalties ? tf.addN([loss(logits), ...penalties()]) : loss(logits);
    };
    const { grads } = tf.engine().gradients(forward, sources);
    whole.forEach(({ variable, optimizer }, index) => {
      optimizer.apply(grads[index] as Tensor);
      variable.write(optimizer.read());
      if (variable.constraint) optimizer.write(variable.read());
    });
    byRow.forEach(({ optimizer }, index) => {
      optimizer.applyRows(grads[whole.length + index] as Tensor, looked.rows);
    });
    return measured();
  };
}

type Input = ReturnType<typeof takeInput>;

/** Returns the tokens and labels of some rows, and the tokens as the model's input. */
function takeInput(examples: Examples, rows: readonly number[], padding: number | undefined) {
  const { tokens, labels } = takeTokens(examples, rows, padding);
  const input = tensorflow().tensor2d(tokens.indices, [tokens.rows, tokens.length], 'int32');
  return { tokens, labels, input };
}

function numbersOf(tensor: Tensor): Float32Array {
  return tensor.dataSync<'float32'>();
}

/** Lets a model that ends in softmax end in logits. Returns a function that undoes it. */
function endInLogits(model: TensorFlow.LayersModel): () => void {
  const layer = lastLayer(model) as TensorFlow.layers.Layer & { activation?: unknown };
  const { activation, call } = layer;
  if (activation) {
    const linear = tensorflow().layers.activation({ activation: 'linear' }) as typeof layer;
    layer.activation = linear.activation;
  } else layer.call = (inputs) => [inputs].flat()[0] as Tensor;
  return () => {
    if (activation) layer.activation = activation;
    else layer.call = call;
  };
}

function keepRandom(): () => void {
  const { random } = Math;
  return () => {
    Math.random = random;
  };
}
