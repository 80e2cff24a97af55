import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** The packages that a file of declarations and those that it imports name. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(`${file}.d.ts`, 'utf8');
  const names = [...text.matchAll(/(?:from |import\()'([^']+)'/g)].map(([, name = '']) => name);
  return names.flatMap((name) => (name.startsWith('.') ? packagesOf(join(file, '..', name), seen) : [name]));
}

test('a notebook’s import of dist/index loads no types of AWS’s or Docker’s clients', () => {
  const packages = packagesOf(join(__dirname, 'index'));
  assert.ok(packages.includes('plotly.js'), `found: ${packages.join(', ')}`);
  assert.deepEqual(
    packages.filter((name) => /aws|smithy|docker/.test(name)),
    [],
  );
});
