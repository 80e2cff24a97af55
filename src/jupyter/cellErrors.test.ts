import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../platform/errors';
import { setEnvironment } from '../testing/folders';
import { explainDiagnostic, explainError, explainUncaught, type NamedNotebook, printed } from './cellErrors';

test('explainError() says a mistake of the user’s in its sentence, without a stack', () => {
  assert.deepEqual(explainError(new UserError('folds is 1; expected 2.'), 'stack'), {
    sentence: 'UserError: folds is 1; expected 2.',
  });
});

test('with DEBUG=1, explainError() keeps the stack and the causes of a user’s mistake', (t) => {
  setEnvironment(t, { DEBUG: '1' });
  const error = new UserError('No such file.', { cause: new Error('ENOENT') });
  const { sentence, details } = explainError(error, printed(error));
  assert.equal(sentence, 'UserError: No such file.');
  assert.match(details ?? '', /cellErrors\.test.+ENOENT/s);
});

test('explainError() puts any other error on one line and its stack into the details', () => {
  const { sentence, details } = explainError(new TypeError('x is not a function'), 'at deep/inside');
  assert.equal(sentence, 'TypeError: x is not a function');
  assert.equal(details, 'at deep/inside');
});

test('explainError() explains an interrupted cell, whether it waited or computed', () => {
  const computing = Object.assign(new Error('Script execution was interrupted by `SIGINT`'), {
    code: 'ERR_SCRIPT_EXECUTION_INTERRUPTED',
  });
  for (const error of [new Error('Interrupted asynchronously'), computing]) {
    const { sentence, details } = explainError(error, 'stack');
    assert.match(sentence, /^Interrupted: this cell /);
    assert.equal(details, undefined);
  }
});

test('explainUncaught() shows an error that reached no cell, and where it came from', () => {
  const rejected = explainUncaught('UnhandledPromiseRejection:', new TypeError('x is null'), 'stack');
  assert.match(rejected?.sentence ?? '', /^TypeError: x is null\nNo code awaited this promise\. /);
  assert.equal(rejected?.details, 'stack');
  const user = explainUncaught('UncaughtException:', new UserError('No such file.'), 'stack');
  assert.match(user?.sentence ?? '', /^UserError: No such file\.\nIt was thrown outside a cell/);
  assert.equal(user?.details, undefined);
  assert.match(
    explainUncaught('UnhandledPromiseRejection:', 'text', "'text'")?.sentence ?? '',
    /^Error: 'text'\n/,
  );
  for (const label of ['anything else', new Error('UncaughtException:'), undefined]) {
    assert.equal(explainUncaught(label, new Error('x'), 'stack'), undefined);
  }
});

const workshop: NamedNotebook = {
  name: 'workshop.ipynb',
  notebook: {
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
      { cell_type: 'markdown', source: '## Last' },
      {
        cell_type: 'code',
        source:
          'const {\n  several,\n  lines,\n} = news;\nasync function later() {}\nclass Model { width = 1; }\n' +
          "interface Row { field: string }\ntype Label = string;\nimport main, { named as other } from 'module';",
      },
    ],
  },
};
const scale: NamedNotebook = {
  name: 'scale.ipynb',
  notebook: {
    metadata: {},
    cells: [
      { cell_type: 'markdown', source: '# Scale' },
      { cell_type: 'code', source: "import * as workshop from './x';\nconst tuned = 1;" },
    ],
  },
};

test('explainDiagnostic() names the cell that declares what is missing', () => {
  for (const [name, heading] of [
    ['workshop', 'the beginning'],
    ['show', 'the beginning'],
    ['news', 'The data'],
    ['headlines', 'The data'],
    ['most', 'Later'],
    ['count', 'Later'],
    ...['several', 'lines', 'later', 'Model', 'Row', 'Label', 'main', 'other'].map((name) => [name, 'Last']),
  ]) {
    for (const text of [
      `Cannot find name '${name}'. Did you mean 'x'?`,
      `Cannot find namespace '${name}'.`,
      `No value exists in scope for the shorthand property '${name}'. Either declare one or provide an initializer.`,
    ]) {
      assert.equal(
        explainDiagnostic(text, [workshop]),
        `${name} is not defined yet: first run the cell under “${heading}”, or all cells above this one.`,
      );
    }
  }
});

test('explainDiagnostic() names the files where it is not known which notebook is open', () => {
  const said = (name: string) => explainDiagnostic(`Cannot find name '${name}'.`, [scale, workshop]);
  assert.match(said('news'), / under “The data” in workshop\.ipynb, or all cells/);
  assert.match(said('tuned'), / under “Scale” in scale\.ipynb, or all cells/);
  assert.match(said('workshop'), / under “Scale” in scale\.ipynb or “the beginning” in workshop\.ipynb, or /);
});

test('explainDiagnostic() leaves names that no cell declares and other diagnostics unchanged', () => {
  for (const text of [
    ...['inner', 'width', 'field', 'module', 'from', 'x', 'tuned'].map(
      (name) => `Cannot find name '${name}'.`,
    ),
    "';' expected.",
  ]) {
    assert.equal(explainDiagnostic(text, [workshop]), text);
  }
});
