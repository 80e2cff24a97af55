// Artifacts of versions whose networks were not models of tf.layers. They hold the same weights without the topology, and
// name the word vectors after their layer alone.

import type { ClassifierDescription } from '../training/classifier';
import type { LoadedNetwork } from '../training/networkFunction';
import { type NamedTensor, takeFloats } from '../training/tensors';
import { checkDescription } from './classifier';
import { makeModel } from './layersModel';

/** Returns an artifact's parts as this version writes them; those of this version as they are. */
export function fromEarlier(
  network: LoadedNetwork,
  description: ClassifierDescription,
  weights: readonly NamedTensor[],
): [ClassifierDescription, readonly NamedTensor[]] {
  if ('topology' in description) return [description, weights];
  checkDescription(description);
  const { shape, labels } = description;
  const { vocabularySize, dimensions } = shape;
  const embedding = { name: 'embedding', shape: [vocabularySize, dimensions] };
  const [matrix] = takeFloats(
    weights.filter(({ name }) => name === 'embedding'),
    [embedding],
  ) as [Float32Array];
  const { model, topology } = makeModel(network, shape, { labels, matrix, seed: 0 });
  model.dispose();
  const renamed = weights.map((tensor) =>
    /embedding$/.test(tensor.name) ? { ...tensor, name: `${tensor.name}/embeddings` } : tensor,
  );
  return [{ ...description, topology, padding: network.padding } as ClassifierDescription, renamed];
}
