// The child process of a trial: receives a network's code, and answers with its summary or the sentence of an error.
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { loadNetwork, reasonOf } from '../../container/networkCode';
import { parseHyperparameters } from '../../model/hyperparameters';
import { tensorflow } from '../../model/networks/tensorflow';
import { architectures } from '../../model/registry';
import { trainClassifier } from '../../model/train';
import type { LoadedNetwork } from '../../model/training/networkFunction';
import { UserError } from '../../platform/errors';
import type { Answer } from './trial';

const summaryWidth = 96;
const hyperparameters = parseHyperparameters({ architecture: 'own', epochs: 1 });

const labels = ['first', 'second', 'third', 'fourth'];
/** Rows of one to eight words. */
const rows = Array.from({ length: 16 }, (_, row) => ({
  title: Array.from({ length: 1 + (row % 8) }, (_, word) => `word${(row * 5 + word) % 23}`).join(' '),
  category: labels[row % 4] as string,
  story: `story${row}`,
}));

async function tryCode(code: string): Promise<Answer> {
  try {
    const loaded = loadNetwork(code);
    const summary: string[] = [];
    const classifier = await trainClassifier(
      { training: rows, validation: rows.slice(0, 4) },
      hyperparameters,
      { network: { ...loaded, make: summing(loaded.make, summary) } },
    );
    const description = structuredClone(classifier.description);
    const served = await architectures.own.load(description, classifier.weights);
    served.predict(['word1 word2', '']);
    return { hyperparameters: loaded.hyperparameters, summary };
  } catch (error) {
    if (error instanceof UserError) return { error: error.message };
    return { error: `Your network cannot be trained and served: ${reasonOf(error)}` };
  }
}

/** Makes the model and writes its summary. */
function summing(make: LoadedNetwork['make'], summary: string[]): LoadedNetwork['make'] {
  return (parts) => {
    const model = make(parts);
    if (model instanceof parts.tf.LayersModel) {
      model.summary(summaryWidth, undefined, (line: string) => summary.push(line));
    }
    return model;
  };
}

process.once('disconnect', () => process.exit());
process.once('message', async (code: string) => {
  tensorflow();
  const worker = new Worker(join(__dirname, 'trialLimits.js'));
  worker.unref();
  await once(worker, 'online');
  process.send?.(await tryCode(code), () => process.exit());
});
