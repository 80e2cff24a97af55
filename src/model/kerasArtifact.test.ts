// Weights that go to Keras and come back, through the real Keras of the serving benchmark's environment.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { peersPython } from '../bench/common/peers';
import { assertClose, createHeadlines, temporaryFolder, topicVectors } from '../testing/folders';
import { createEncoder } from '../text/vocabulary';
import { loadArtifact, saveArtifact } from './artifact';
import { parseHyperparameters } from './hyperparameters';
import type { NetworkDescription } from './networks/classifier';
import { trainClassifier } from './train';

const skip =
  process.env.SLOW_TESTS !== '1' &&
  'it installs TensorFlow for Python; SLOW_TESTS=1 runs it, as .ci/run does';

/** Answers by Keras; then trains there for an epoch, answers again and writes the weights into the artifact. */
const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
import kerasArtifact, numpy as np
given = json.load(sys.stdin)
folder, tokens, labels = given["folder"], np.array(given["tokens"]), np.array(given["labels"])
model = kerasArtifact.load(folder)
before = model(tokens).numpy()
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
model.fit(tokens, labels, verbose=0)
after = model(tokens).numpy()
model.save(folder + "/model.keras")
kerasArtifact.main(["from-keras", folder + "/model.keras", folder])
print(json.dumps({"before": before.tolist(), "after": after.tolist()}))
`;

const titles = ['', ...createHeadlines(20, 3).map(({ title }) => title)];

for (const architecture of ['mlp', 'lstm', 'cnn'] as const) {
  for (const vectors of [topicVectors, undefined]) {
    const kind = `${architecture}, vectors ${vectors ? 'pretrained' : 'trained'}`;
    test(`an artifact’s weights go to Keras and come back: ${kind}`, { skip }, async (t) => {
      const folder = await temporaryFolder(t);
      const settings = parseHyperparameters({ architecture, epochs: 2, vocabulary_size: 20, max_length: 6 });
      const rows = { training: createHeadlines(60), validation: [] };
      const classifier = await trainClassifier(rows, settings, { vectors });
      await saveArtifact(classifier, folder);
      const { vocabulary, labels } = classifier.description as NetworkDescription;
      const encoded = createEncoder(vocabulary, 6)(titles);
      const tokens = titles.map((_, row) => [...encoded.subarray(6 * row, 6 * row + 6)]);
      const input = JSON.stringify({ folder, tokens, labels: titles.map((_, row) => row % labels.length) });
      const source = join(__dirname, '..', '..', 'src', 'model');
      const output = execFileSync(await peersPython('serving'), ['-c', program, source], {
        input,
        encoding: 'utf8',
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
      });
      const { before, after } = JSON.parse(output);
      assertClose(probabilitiesOf(classifier), before, 1e-5);
      assertClose(probabilitiesOf(await loadArtifact(folder)), after, 1e-5);
      assert.notDeepEqual(before, after);
    });
  }
}

function probabilitiesOf(classifier: Awaited<ReturnType<typeof loadArtifact>>): number[][] {
  return classifier.predict(titles).map(({ probabilities }) => Object.values(probabilities));
}
