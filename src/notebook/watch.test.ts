import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TrainingJob, TrainingJobDescription, TrainingListener } from '../session/contract/session';
import { userError } from '../testing/folders';
import { watch } from './watch';

/** What tslab calls for each output. */
type Write = (output: { data: Record<string, unknown>; transient: { display_id: string } }) => void;

/** Collects what each place under the cell has shown, in the order of the places: bar, then log, in plain text. */
function showsOf(t: TestContext): () => string[][] {
  const kernel: { lastWriteDisplayData?: Write | undefined } = require('tslab/dist/jupyter');
  const before = kernel.lastWriteDisplayData;
  t.after(() => {
    kernel.lastWriteDisplayData = before;
  });
  const places = new Map<string, string[]>();
  kernel.lastWriteDisplayData = ({ data, transient: { display_id: id } }) =>
    void places.set(id, [...(places.get(id) ?? []), String(data['text/plain'])]);
  return () => [...places.values()];
}

const stopped: TrainingJobDescription = {
  name: 'job',
  status: 'Stopped',
  seconds: 1,
  billableSeconds: 0,
  metrics: [],
  notes: [],
};

function createJob(
  description: TrainingJobDescription,
  tell: (listener: TrainingListener) => void,
): TrainingJob {
  const job: Pick<TrainingJob, 'name' | 'onInterrupt' | 'wait'> = {
    name: 'job',
    onInterrupt: 'stop',
    async wait(listener = {}) {
      tell(listener);
      return description;
    },
  };
  return job as TrainingJob;
}

const metrics = [{ epoch: 1, loss: 0.5, accuracy: 0.8 }];
const half = 'Epoch 1 of 2: 50 of 100 examples, 100 examples/s, 0:02 left';

test('watch() of a job that is stopped in its first epoch says so, and its bar stays where it was', async (t) => {
  const shown = showsOf(t);
  const job = createJob(stopped, ({ onLog, onStatus }) => {
    onLog?.(half);
    onStatus?.('Stopped');
  });
  await assert.rejects(
    watch(job),
    userError('job was stopped before its first epoch ended', 'Run the cell that starts it again'),
  );
  const bar = shown()[0] ?? [];
  assert.deepEqual(
    bar.map((text) => Number.parseInt(text, 10)),
    [0, 25, 25, 25],
  );
  assert.match(bar.at(-1) ?? '', /^25% Stopped after 1\.0 s/);
});

test('watch() names the artifact of a job that had learnt something before it was stopped', async () => {
  const job = createJob({ ...stopped, modelArtifact: '/models/job' }, () => {});
  await assert.rejects(watch(job), userError('The weights learnt so far are in /models/job.'));
});

test('watch() fills the bar of a job that has completed', async (t) => {
  const shown = showsOf(t);
  const job = createJob({ ...stopped, status: 'Completed', metrics }, () => {});
  assert.equal((await watch(job)).status, 'Completed');
  assert.match(shown()[0]?.at(-1) ?? '', /^100% Completed/);
});

test('watch() keeps the beginning and the end of a long log, and how to read all of it', async (t) => {
  const shown = showsOf(t);
  const job = createJob({ ...stopped, metrics }, ({ onLog }) => {
    for (let line = 0; line < 10_000; line++) onLog?.(`line ${line}`);
  });
  await watch(job);
  const log = shown()[1] ?? [];
  assert.equal(log.length, 1, 'what arrives at once is shown once');
  const lines = (log[0] ?? '').split('\n');
  assert.deepEqual([lines[0], lines.length, lines.at(-1)], ['line 0', 201, 'line 9999']);
  assert.match(
    lines[100] ?? '',
    /^… 9,800 lines omitted\. The whole log: .+attachTrainingJob\('job'\).+onLog/,
  );
});
