import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestOf, judgeTrial, type Objective, type Trial } from './tuning';

test('a trial whose objective is not finite has failed, with the reason, and is never the best', () => {
  for (const objective of ['loss', 'validation_accuracy'] satisfies Objective[]) {
    for (const status of ['Completed', 'Stopped'] as const) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const judged = judgeTrial(status, objective, value);
        assert.equal(judged.status, 'Failed');
        assert.match(judged.reason ?? '', new RegExp(`diverged: ${objective} is ${value}`));
        assert.equal(judged.objective, undefined);
        assert.equal(bestOf([trial(judged), trial({ status, objective: 0.5 })], objective)?.objective, 0.5);
      }
    }
  }
});

test('a trial with a finite objective keeps its status, and one that failed has no objective', () => {
  assert.deepEqual(judgeTrial('Completed', 'loss', 0), { status: 'Completed', objective: 0 });
  assert.deepEqual(judgeTrial('Stopped', 'loss', 2), { status: 'Stopped', objective: 2 });
  assert.deepEqual(judgeTrial('Completed', 'loss', undefined), { status: 'Completed' });
  assert.deepEqual(judgeTrial('Failed', 'loss', 0.1), { status: 'Failed' });
});

function trial(changed: Partial<Trial>): Trial {
  return {
    name: 'trial',
    status: 'Completed',
    hyperparameters: {},
    modelArtifact: 'model',
    seconds: 1,
    billableSeconds: 0,
    ...changed,
  };
}
