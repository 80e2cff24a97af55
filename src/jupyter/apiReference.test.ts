import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder, userError } from '../testing/folders';
import { readExports } from './apiDeclarations';
import { indexPath, referencePath, renderReference } from './apiReference';

const groups = readExports(indexPath);
const committed = readFileSync(referencePath, 'utf8');

test('docs/api.md is what the docstrings say now', () => {
  assert.equal(committed, renderReference(groups), 'it is out of date: npm run docs');
});

test('every function and value that a notebook can use has its place', () => {
  const documented = groups.flatMap(({ exports }) => exports.filter(({ kind }) => kind !== 'type'));
  assert.deepEqual(documented.map(({ name }) => name).sort(), Object.keys(require('../index')).sort());
});

test('every link within docs/api.md leads to one of its headings', () => {
  const headings = [...committed.matchAll(/^##+ (\w+)(\(\))?$/gm)].map(([, name = '']) => name.toLowerCase());
  assert.equal(new Set(headings).size, headings.length);
  const links = [...committed.matchAll(/(?:href="|\]\()#([^")]*)/g)].map(([, link = '']) => link);
  assert.ok(links.length > 100);
  assert.deepEqual(
    links.filter((link) => !headings.includes(link)),
    [],
  );
});

test('a group shows signatures, descriptions, options, errors, members and examples', async (t) => {
  const page = await render(t, {
    'index.ts': `// Not for the page: what the file is.

      // first → second
      export { type Options, type Pair, type Side, swap } from './pairs';
      export { limit } from './pairs';`,
    'pairs.ts': `
      const sides = { left: 1, right: 2 };
      /** Two things, for \`swap()\`. */
      export interface Pair<Item = string> {
        left: Item;
        right: Item;
        /** In grams. @default 5 */
        weight?: number;
      }
      /** How. */
      export interface Options extends Pair {
        /** Whether it \`swap\`s & more. */
        again(pairs: Pair[]): void;
        readonly side: Side;
      }
      /** Where it stands. */
      export type Side = keyof typeof sides;
      /** The most. */
      export const limit = 3;
      /**
       * Swaps a \`Pair\`.
       * @param pair both sides
       * @param options.mirror which way
       * @returns the same kind
       * @throws \`UserError\` where
       * there is none
       * @example
       * \`\`\`ts
       * swap(1);
       * \`\`\`
       */
      export function swap<Item>({ left, right }: Pair<Item>, times = 2, { side }: { side?: Side } = {}, replacements = [left]): Pair<Item> {
        const hidden: Hidden = {};
        return side ? { left, right } : { left: right, right: replacements[0] ?? left };
      }
      interface Hidden { empty?: true }`,
  });
  assert.equal(
    page.slice(page.indexOf('## first')),
    `## first → second

### Options

<pre>interface Options extends <a href="#pair">Pair</a></pre>

How.

- <code>again(pairs: <a href="#pair">Pair</a>[]): void</code>: Whether it [\`swap\`](#swap)s & more.
- <code>readonly side: <a href="#side">Side</a></code>

### Pair

<pre>interface Pair&lt;Item = string&gt;</pre>

Two things, for [\`swap()\`](#swap).

- <code>left: Item</code>, <code>right: Item</code>
- <code>weight?: number</code>: In grams. Default: 5.

### Side

<pre>type Side = 'left' | 'right'</pre>

Where it stands.

### swap()

<pre>swap&lt;Item&gt;(
  pair: <a href="#pair">Pair</a>&lt;Item&gt;,
  times = 2,
  options?: { side?: <a href="#side">Side</a> },
  replacements?: Item[],
): <a href="#pair">Pair</a>&lt;Item&gt;</pre>

Swaps a [\`Pair\`](#pair).

- \`pair\`: both sides
- \`options.mirror\`: which way
- Returns the same kind
- Throws \`UserError\` where
  there is none

\`\`\`ts
swap(1);
\`\`\`

### limit

<pre>limit: 3</pre>

The most.
`,
  );
  assert.match(page, /^- first → second: \[swap\]\(#swap\), \[limit\]\(#limit\)$/m);
});

test('what lacks description or example, names a hidden type or has a torn link is rejected', async (t) => {
  const files = {
    'index.ts': "// all\nexport { bare, torn, type Shown } from './all';",
    'all.ts': `
      export function bare(): void {}
      /**
       * See {@link bare}.
       * @example 1 + 1
       */
      export function torn(): void {}
      /** Open. */
      export interface Shown { inner: Hidden }
      interface Hidden { value: number }`,
  };
  await assert.rejects(
    render(t, files),
    userError('bare has no description', 'bare has no @example', 'torn has a {@link}', 'Shown names Hidden'),
  );
});

async function render(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = join(await temporaryFolder(t), 'src');
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return renderReference(readExports(join(folder, 'index.ts')));
}
