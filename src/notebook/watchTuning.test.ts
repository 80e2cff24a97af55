import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plotlyType } from '../display/figure';
import type { Trial, TuningJob, TuningJobDescription } from '../session/contract/tuning';
import { watchTuning } from './watchTuning';

/** What tslab calls for each output: its data, and whether it takes the place of another. */
type Write = (output: { data: Record<string, unknown>; transient: { display_id: string } }) => void;

test('watchTuning() keeps a bar, a chart and a table up to date, each in its place', async (t) => {
  const kernel: { lastWriteDisplayData?: Write | undefined } = require('tslab/dist/jupyter');
  const before = kernel.lastWriteDisplayData;
  t.after(() => {
    kernel.lastWriteDisplayData = before;
  });
  const places = new Map<string, Record<string, unknown>[]>();
  kernel.lastWriteDisplayData = ({ data, transient: { display_id: id } }) =>
    void places.set(id, [...(places.get(id) ?? []), data]);

  const trial: Trial = {
    name: 'search-001',
    status: 'InProgress',
    hyperparameters: { epochs: 3 },
    seconds: 1,
    billableSeconds: 0,
  };
  const ended: Trial = { ...trial, status: 'Completed', objective: 0.8, modelArtifact: 'model' };
  const started: TuningJobDescription = {
    name: 'search',
    status: 'InProgress',
    objective: 'accuracy',
    plannedTrials: 2,
    trials: [trial],
    seconds: 1,
  };
  const half = { ...started, trials: [ended], best: ended };
  const job: Pick<TuningJob, 'name' | 'onInterrupt' | 'wait'> = {
    name: 'search',
    onInterrupt: 'stop',
    async wait({ onTrial } = {}) {
      onTrial?.(trial, started);
      onTrial?.(ended, half);
      return { ...half, status: 'Stopped' };
    },
  };
  assert.equal((await watchTuning(job as TuningJob, 'A search')).status, 'Stopped');

  const [bar = [], chart = [], table = []] = [...places.values()];
  assert.deepEqual(
    bar.map((data) => String(data['text/plain']).replace(/^ *\d+% /, '')),
    ['search is starting', '0 of 2 trials', ...Array(2).fill('1 of 2 trials; best accuracy 0.8000')],
  );
  const drawn = chart.filter((data) => plotlyType in data);
  assert.equal(drawn.length, 1, 'the figure is drawn when something new is measured, and not else');
  assert.match(String(drawn[0]?.['text/plain']), /^Chart: A search\. epochs: 1 values/);
  assert.match(String(table[0]?.['text/html']), />InProgress</);
  assert.match(String(table.at(-1)?.['text/html']), />Completed, the best<.*>0\.8000</s);
});
