import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { test } from 'node:test';
import { cellHeadings, errorOf, type Notebook } from './format';
import { chooseNotebook } from './run';

const notebook: Notebook = {
  metadata: {},
  cells: [
    { cell_type: 'markdown', source: ['# Title\n', 'Text with a # in it.\n', '## Part\n'] },
    { cell_type: 'code', source: '1 + 1', outputs: [] },
    { cell_type: 'markdown', source: 'No heading here.' },
    {
      cell_type: 'code',
      source: 'fail()',
      outputs: [
        { output_type: 'stream', name: 'stdout', text: 'before\n' },
        { output_type: 'stream', name: 'stderr', text: ['UserError: wrong\n', 'again\n'] },
      ],
    },
  ],
};

test('cellHeadings() gives code cells the nearest heading above them', () => {
  assert.deepEqual(cellHeadings(notebook), [undefined, 'Part', undefined, 'Part']);
});

test('errorOf() returns the failed cell’s stderr', () => {
  assert.equal(errorOf(notebook, 3), 'UserError: wrong\nagain');
  assert.equal(errorOf(notebook, 1), '');
});

for (const notebook of [undefined, 'evaluation', 'scale'].map(chooseNotebook)) {
  test(`${basename(notebook)}, as committed, was run to its end on synthetic data, and contains no path of a machine and no account`, async () => {
    const text = await readFile(notebook, 'utf8');
    const { cells } = JSON.parse(text) as Notebook;
    const code = cells.filter(({ cell_type }) => cell_type === 'code');
    assert.ok(code.every(({ execution_count }, index) => execution_count === index + 1));
    assert.ok(code.every(({ outputs }) => outputs?.every(({ name }) => name !== 'stderr')));
    assert.match(text, /synthetic headlines/);
    // The workshop prints the Dockerfile, whose secrets have places in the container.
    assert.doesNotMatch(text.replaceAll('target=/root/', ''), /\/(home|root|Users|work|tmp)\//);
    // An account of AWS's, in a role's name, a bucket's or an image's.
    assert.doesNotMatch(text, /(?<=arn:aws[\w-]*:\w*:[\w-]*:|sagemaker-[\w-]+-)\d{12}|\d{12}\.dkr\.ecr/);
  });
}
