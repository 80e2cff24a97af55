// Lets cells write `{ name }` for a variable of an earlier cell. tslab finds such variables everywhere but there.
import type * as TypeScript from '@tslab/typescript-for-tslab';

interface Converter {
  convert(declarations: string, cell: string): unknown;
}

/** Makes tslab compile `{ name }` as `{ name: name }`. Loaded by kernel.ts before tslab starts. */
export function spellOutShorthand(): void {
  const module = require('tslab/dist/converter') as { createConverter(options: object): Converter };
  const { createConverter } = module;
  module.createConverter = (options) => {
    const converter = createConverter(options);
    return {
      ...converter,
      convert: (declarations, cell) => converter.convert(declarations, withoutShorthand(cell)),
    };
  };
}

/** Returns a cell in which every property has a name and a value. */
export function withoutShorthand(cell: string): string {
  const ts = require('@tslab/typescript-for-tslab') as typeof TypeScript;
  const file = ts.createSourceFile('cell.ts', cell, ts.ScriptTarget.Latest, true);
  const names: TypeScript.Identifier[] = [];
  const visit = (node: TypeScript.Node): void => {
    if (ts.isShorthandPropertyAssignment(node)) names.push(node.name);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names.reduceRight(
    (text, { text: name, end }) => `${text.slice(0, end)}: ${name}${text.slice(end)}`,
    cell,
  );
}
