// What the notebook's kernel says about a helper while a cell is being written: Shift-Tab and Tab.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { python, workshopNotebook } from './run';

/** Python: runs a first cell, then asks about the end of the second. */
const ask = `
import json, sys
from jupyter_client.manager import start_new_kernel
first, second = sys.argv[1:]
manager, client = start_new_kernel(kernel_name='tslab')
try:
    client.execute(first, reply=True, timeout=60)
    inspected = client.inspect(second, len(second), reply=True, timeout=60)
    completed = client.complete(second, len(second), reply=True, timeout=60)
    print(json.dumps([inspected['content']['data']['text/plain'], completed['content']['matches']]))
finally:
    manager.shutdown_kernel(now=True)
`;

test('Shift-Tab shows a helper with its docstring, Tab shows what begins so', {
  timeout: 120_000,
}, async () => {
  const cells = ["import * as workshop from '../dist/index';", 'await workshop.loadDataset'];
  const { stdout } = await promisify(execFile)(python, ['-c', ask, ...cells], {
    cwd: dirname(workshopNotebook),
  });
  const [inspected, matches] = JSON.parse(stdout) as [string, string[]];
  assert.match(inspected, /^.*loadDataset\(options\?: DatasetOptions\): Promise<Dataset>$/ms);
  assert.match(inspected, /^Loads the headlines of the workshop/m);
  assert.match(inspected, /^@param options /m);
  assert.match(inspected, /^const news = await workshop\.loadDataset\(\);$/m);
  assert.deepEqual(matches, ['loadDataset']);
});
