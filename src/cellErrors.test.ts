import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainDiagnostic, explainError } from './cellErrors';
import { UserError } from './errors';
import type { Notebook } from './notebook';

test('explainError() says a mistake of the user’s in its sentence, without a stack', () => {
  assert.deepEqual(explainError(new UserError('folds is 1; expected 2.'), 'stack'), {
    sentence: 'UserError: folds is 1; expected 2.',
  });
});

test('explainError() says any other error in one line and keeps its stack for whoever unfolds it', () => {
  const { sentence, details } = explainError(new TypeError('x is not a function'), 'at deep/inside');
  assert.equal(sentence, 'TypeError: x is not a function');
  assert.equal(details, 'at deep/inside');
});

test('explainError() says that an interruption ends the waiting', () => {
  const { sentence, details } = explainError(new Error('Interrupted asynchronously'), 'stack');
  assert.match(sentence, /^Interrupted: /);
  assert.equal(details, undefined);
});

const notebook: Notebook = {
  metadata: {},
  cells: [
    { cell_type: 'code', source: "import * as workshop from './x';\nconst { say, show } = workshop;" },
    { cell_type: 'markdown', source: ['# Title\n', '## The data'] },
    { cell_type: 'code', source: ['const news = await load();\n', 'const { headlines } = news;'] },
    { cell_type: 'markdown', source: '## Later' },
    {
      cell_type: 'code',
      source: 'const [[largest, most]] = [[news, 1]];\nfunction count() { const inner = 1; }',
    },
  ],
};

test('explainDiagnostic() names the cell that declares what is missing', () => {
  for (const [name, heading] of [
    ['workshop', 'the beginning'],
    ['show', 'the beginning'],
    ['news', 'The data'],
    ['headlines', 'The data'],
    ['most', 'Later'],
    ['count', 'Later'],
  ]) {
    const said = explainDiagnostic(`Cannot find name '${name}'. Did you mean 'x'?`, [notebook]);
    assert.ok(said.startsWith(`${name} is not there yet: first run the cell under “${heading}”`), said);
  }
});

test('explainDiagnostic() leaves alone what no cell declares, and what else the compiler says', () => {
  for (const text of ["Cannot find name 'inner'.", "Cannot find name 'x'.", "';' expected."]) {
    assert.equal(explainDiagnostic(text, [notebook]), text);
  }
});
