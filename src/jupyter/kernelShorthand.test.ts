import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { withoutShorthand } from './kernelShorthand';

const cells: readonly (readonly [cell: string, spelledOut: string])[] = [
  ['f({ a })', 'f({ a: a })'],
  ['f({ a, b, c: { a } })', 'f({ a: a, b: b, c: { a: a } })'],
  ['({ a } = { a: 3 });', '({ a: a } = { a: 3 });'],
  ['({ a = 4, b } = {});', '({ a: a = 4, b: b } = {});'],
  ['const { d } = { d: a };', 'const { d } = { d: a };'],
  ['const g = ({ a }) => a;', 'const g = ({ a }) => a;'],
  [`\`{ a } \${JSON.stringify({ a })}\`; // { a }`, `\`{ a } \${JSON.stringify({ a: a })}\`; // { a }`],
  ['import { a } from "x";', 'import { a } from "x";'],
];

for (const [cell, spelledOut] of cells) {
  test(`${cell} compiles as ${spelledOut}`, () => {
    assert.equal(withoutShorthand(cell), spelledOut);
  });
}

test('a cell does the same as before', () => {
  const run = (code: string) =>
    vm.runInNewContext(`let a = 1, b = 2; const f = (x) => x; ${code}; JSON.stringify([a, b])`, { JSON });
  for (const [cell] of cells.filter(([cell]) => !cell.startsWith('import'))) {
    assert.equal(run(withoutShorthand(cell)), run(cell));
  }
});

test('an unfinished cell stays as it is', () => {
  assert.equal(withoutShorthand('const a = {'), 'const a = {');
});
