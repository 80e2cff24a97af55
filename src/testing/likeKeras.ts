// Compares a built-in network with Keras: its answers, and a few training steps. Used by tests only.
import { test } from 'node:test';
import type { LayersTrainerSettings } from '../model/networks/layersTrainer';
import type { LoadedNetwork } from '../model/training/networkFunction';
import { assertClose } from './folders';
import {
  answer,
  fixtureShape,
  flat,
  getWeights,
  make,
  openTrainer,
  setWeights,
  toExamples,
} from './networks';

/** A network's part of fixtures/keras.json. */
interface Fixture<Step> {
  inputs: number[][];
  labels: number[];
  outputs: number[][];
  steps: (Step & { rows: number[]; loss: number; accuracy: number })[];
  outputs_after: number[][];
}

interface Comparison<Step> {
  network: LoadedNetwork;
  /** The fixture's weights in the network's order: at the start, and after a step. */
  weights: (step?: Step) => readonly unknown[][];
  settings?: Partial<LayersTrainerSettings>;
  /** The largest differences of losses, of weights, and of answers after the steps. */
  tolerances: readonly [loss: number, weights: number, answers: number];
}

/** Tests that a network answers and learns as Keras does with the same weights. */
export function testLikeKeras<Step>(
  name: string,
  fixture: Fixture<Step>,
  { network, weights, settings, tolerances }: Comparison<Step>,
): void {
  const examples = toExamples(fixture.inputs, fixture.labels);
  const start = () => {
    const made = make(network, fixtureShape);
    setWeights(
      made,
      weights().map((values) => flat(values)),
    );
    return made;
  };

  test(`the ${name} answers as Keras does with the same weights`, () => {
    assertClose(answer(start(), examples), fixture.outputs.flat(), 1e-6);
  });

  test(`the ${name} takes the same training steps as Keras`, () => {
    const made = start();
    const trainer = openTrainer(made, settings);
    for (const step of fixture.steps) {
      const { rows, loss, accuracy } = step;
      const measured = trainer.step(examples, rows);
      assertClose(
        [measured.loss / rows.length, measured.right / rows.length],
        [loss, accuracy],
        tolerances[0],
      );
      // Brings word vectors up to date.
      trainer.weights();
      const expected = weights(step).map((values) => flat(values));
      getWeights(made).forEach((values, index) => {
        assertClose(values, expected[index] as Float32Array, tolerances[1]);
      });
    }
    trainer.end();
    assertClose(answer(made, examples), fixture.outputs_after.flat(), tolerances[2]);
  });
}
