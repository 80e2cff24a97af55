import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectFolder } from '../platform/paths';
import { userError } from '../testing/folders';
import { isServed, readLabRequest } from './labRequest';

test('readLabRequest() takes what is its own and passes on the rest', () => {
  const nothing = { reset: false, root: projectFolder, passedOn: [] };
  assert.deepEqual(readLabRequest([], '/here'), nothing);
  assert.deepEqual(readLabRequest(['scale', '--reset', '--no-browser', '--port', '8889'], '/here'), {
    ...nothing,
    name: 'scale',
    reset: true,
    passedOn: ['--no-browser', '--port', '8889'],
  });
  const named = readLabRequest(['--allow-root', 'mine.ipynb'], '/here');
  assert.deepEqual(named, { ...nothing, notebook: '/here/mine.ipynb', passedOn: ['--allow-root'] });
});

test('readLabRequest() prefers the folder that the user names, in every form that JupyterLab knows', () => {
  for (const option of ['--ServerApp.root_dir', '--ServerApp.notebook_dir', '--notebook-dir']) {
    for (const form of [[`${option}=data`], [option, 'data']]) {
      const { root, passedOn } = readLabRequest(['--no-browser', ...form, '--port=1'], '/here');
      assert.deepEqual([root, passedOn], ['/here/data', ['--no-browser', '--port=1']]);
    }
    for (const form of [option, `${option}=`]) {
      assert.throws(() => readLabRequest([form], '/here'), userError(`${option}=FOLDER`));
    }
  }
  assert.equal(readLabRequest(['--notebook-dir=/data'], '/here').root, '/data');
});

test('isServed() tells what lies below a folder from what only begins like it', () => {
  assert.ok(isServed('/home/me/notebooks/a.ipynb', '/home/me'));
  assert.ok(isServed('/a.ipynb', '/'));
  assert.ok(!isServed('/home/me2/a.ipynb', '/home/me'));
});
