// Architecture ensemble, word vectors: training tunes those of the training titles, and leaves those of other frequent
// words as they were pretrained.
import { seededRandom } from '../../data/random';
import { embeddingMatrix, type WordVectors } from '../../text/vectors';
import { wordVectors } from '../training/startingWeights';

/** Pretrained words in the artifact besides those of the training titles. */
export const frequentWordCount = 50_000;
/** Dimensions of word vectors without pretraining. */
const trainedDimensions = 100;
/** The root mean square of the numbers in the word vectors before training. */
const vectorSize = 0.3;

/** The vectors of the training titles' words before and after training. */
export interface EnsembleWords {
  dimensions: number;
  /** [words + 1, dimensions]; the first row is padding. */
  embedding: Float32Array;
  /** Returns the vectors of a trained `embedding` and those of other words [words, dimensions]. */
  vectorsWith(others: readonly string[], embedding: Float32Array): Float32Array;
}

/** Returns word vectors before training: the pretrained ones, all scaled by one factor, or small random ones. */
export function startVectors(
  words: readonly string[],
  pretrained: WordVectors | undefined,
  seed: number,
): EnsembleWords {
  if (!pretrained) {
    const shape = [words.length + 1, trainedDimensions];
    const embedding = wordVectors(shape, seededRandom(seed), undefined);
    return {
      dimensions: trainedDimensions,
      embedding,
      vectorsWith: (_, embedding) => embedding.slice(trainedDimensions),
    };
  }
  const { dimensions } = pretrained;
  const matrix = embeddingMatrix(words, words.length + 1, pretrained);
  const known = matrix.reduce((count, value) => count + Number(value !== 0), 0);
  const squares = matrix.reduce((sum, value) => sum + value * value, 0);
  const scale = squares > 0 ? vectorSize / Math.sqrt(squares / known) : 1;
  const embedding = matrix.map((value) => value * scale);
  return {
    dimensions,
    embedding,
    vectorsWith(others, embedding) {
      const vectors = new Float32Array((words.length + others.length) * dimensions);
      vectors.set(embedding.subarray(dimensions));
      others.forEach((word, place) => {
        const vector = pretrained.lookup(word)?.map((value) => value * scale);
        if (vector) vectors.set(vector, (words.length + place) * dimensions);
      });
      return vectors;
    },
  };
}

/** Returns frequent pretrained words that are not in the training titles. */
export function frequentWords(vectors: WordVectors | undefined, known: readonly string[]): string[] {
  const others = new Set(vectors?.words.slice(0, frequentWordCount));
  for (const word of known) others.delete(word);
  return [...others];
}
