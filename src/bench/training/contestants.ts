// The contestants of the training benchmark: this workshop's architectures, and the tools beside which they stand.
import { join } from 'node:path';
import { hyperparameterTable } from '../../model/hyperparameters';
import { peerFile, peersPython } from '../common/peers';

export interface TrainingContestant {
  readonly name: string;
  /** Of its process, which reads a {@link TrainingTask} from that file. */
  command(task: string): readonly string[];
  /** Whether another seed makes another model. */
  readonly isStochastic: boolean;
}

/** The default architecture, which all others are compared with. */
export const ourName: string = hyperparameterTable.architecture.default;

/** What starts from a pretrained transformer. */
export const transformerNames: readonly string[] = ['minilm', 'cascade'];

/** A network of the reader's own. */
export const ownName = 'own network: averaged vectors';

/** The other tools, as the results name them. */
export const peerNames = {
  best: 'scikit-learn: n-grams and vectors, linear SVM',
  words: 'scikit-learn: n-grams, linear SVM',
  fastText: 'fastText',
  keras: 'Keras: the original’s network, 2 epochs',
  kerasLstm: 'Keras: the same lstm',
  kerasCnn: 'Keras: the same cnn',
  kerasOwn: 'Keras: the same averaged vectors',
  kerasMinilm: 'Keras: the same minilm, answered by onnxruntime',
} as const;

/** The environment is that of the serving benchmark, which needs the same tools. */
export const peersOfTraining = () => peersPython('serving');

/** The default architecture first. */
export async function createContestants(): Promise<TrainingContestant[]> {
  const python = await peersOfTraining();
  const names = [ourName, ...hyperparameterTable.architecture.values.filter((name) => name !== ourName)];
  const ours = [...names, 'own'].map((architecture) => ({
    name: architecture === 'own' ? ownName : architecture,
    command: (task: string) => [process.execPath, join(__dirname, 'contestant.js'), task, architecture],
    isStochastic: true,
  }));
  const peer = (name: string, program: string, ...options: string[]): TrainingContestant => ({
    name,
    command: (task) => [python, peerFile('training', program), task, ...options],
    // The SVM's seed is the order in which it visits rows on its way to the one solution.
    isStochastic: program !== 'linear.py',
  });
  return [
    ...ours,
    peer(peerNames.best, 'linear.py', 'vectors'),
    peer(peerNames.words, 'linear.py'),
    peer(peerNames.fastText, 'fast.py'),
    peer(peerNames.keras, 'classic.py', 'mlp'),
    peer(peerNames.kerasLstm, 'classic.py', 'lstm'),
    peer(peerNames.kerasCnn, 'classic.py', 'cnn'),
    peer(peerNames.kerasOwn, 'classic.py', 'own'),
    peer(peerNames.kerasMinilm, 'minilm.py'),
  ];
}
