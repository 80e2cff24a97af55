// `npm run docs`: writes docs/api.md from the docstrings of everything that index.ts exports. This file lays out the
// page; apiDeclarations.ts reads its contents.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMain, UserError } from '../platform/errors';
import { projectFolder } from '../platform/paths';
import { type Documented, type Export, type Group, readExports } from './apiDeclarations';

/** The module that notebooks import. */
export const indexPath = join(projectFolder, 'src', 'index.ts');

/** The file that holds the reference. */
export const referencePath = join(projectFolder, 'docs', 'api.md');

const introduction = `<!-- Made by \`npm run docs\` from the docstrings in src/. Change those. -->
# API reference

Everything that notebooks import, in the order in which they use it. The examples form one notebook in \`notebooks/\`, from the
top of this page to its end. They run as tests, on synthetic headlines; a comment after \`console.log\` shows what it
prints. In a notebook, Shift-Tab shows the same descriptions.

An error that you can fix is thrown as a \`UserError\`. Its message states the problem, its place, what was expected and what to do.
`;

const firstCell = `The first cell:

\`\`\`ts
import * as workshop from '../dist/index';
\`\`\``;

/** Returns the page. Throws a {@link UserError} that lists every export it cannot document. */
export function renderReference(groups: readonly Group[]): string {
  const exports = groups.flatMap((group) => group.exports);
  const problems = exports.flatMap(problemsOf);
  if (problems.length > 0) throw new UserError(`The API reference: ${problems.join('. ')}.`);

  const names = new Set(exports.map(({ name }) => name));
  const parts = groups.flatMap((group) => [
    `## ${group.title}`,
    ...group.exports.map((entry) => renderExport(entry, names)),
  ]);
  return `${[introduction + renderContents(groups), firstCell, ...parts].join('\n\n')}\n`;
}

function problemsOf(entry: Export): string[] {
  const { name, kind, description, tags, hiddenTypes } = entry;
  const problems = hiddenTypes.map((type) => `${name} names ${type}, which index.ts does not export`);
  if (!description) problems.push(`${name} has no description`);
  const hasExample = tags.some((tag) => tag.kind === 'example');
  if (kind === 'function' && !hasExample) problems.push(`${name} has no @example`);
  // The notebook's Shift-Tab shows it broken.
  if (JSON.stringify(entry).includes('{@link')) problems.push(`${name} has a {@link}: use backticks`);
  return problems;
}

/** Returns a line for each group, without types: the functions that use them link to them. */
function renderContents(groups: readonly Group[]): string {
  const lines = groups.map(({ title, exports }) => {
    const used = exports.filter(({ kind }) => kind !== 'type');
    return `- ${title}: ${used.map(({ name }) => `[${name}](${anchor(name)})`).join(', ')}`;
  });
  return `\n${lines.join('\n')}`;
}

function renderExport({ name, kind, signature, description, tags, members }: Export, names: Names): string {
  const about = (wanted: string) => tags.filter((tag) => tag.kind === wanted).map(({ text }) => text);
  const points = [
    ...about('param').map((text) => text.replace(/^(\S+) +/, '`$1`: ')),
    ...about('returns').map((text) => `Returns ${text}`),
    ...about('throws').map((text) => `Throws ${text}`),
  ].map((text) => linkNames(text, names));
  const list = [...points, ...renderMembers(members, names)];
  return [
    `### ${name}${kind === 'function' ? '()' : ''}`,
    signature && `<pre>${linkTypes(signature, names)}</pre>`,
    linkNames(description, names),
    list.map((text) => `- ${text.replaceAll('\n', '\n  ')}`).join('\n'),
    ...about('example'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Returns a line for each member; members without a description share one. */
function renderMembers(members: readonly Documented[], names: Names): string[] {
  const lines: string[] = [];
  let isBare = false;
  for (const { signature, description, tags } of members) {
    const code = `<code>${linkTypes(signature, names)}</code>`;
    const told = [description, ...tags.map(({ kind, text }) => `@${kind} ${text}`)].join(' ').trim();
    const text = linkNames(told.replace(/@default (.*)$/s, 'Default: $1.'), names);
    if (isBare && !text) lines.push(`${lines.pop()}, ${code}`);
    else lines.push(text ? `${code}: ${text}` : code);
    isBare = !text;
  }
  return lines;
}

type Names = ReadonlySet<string>;

/** Returns code as HTML with links to the page's types, except where they are declared. */
function linkTypes(code: string, names: Names): string {
  const escaped = code.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll(/(?<!(?:type|interface) )\b[A-Z]\w*/g, (name) =>
    names.has(name) ? `<a href="${anchor(name)}">${name}</a>` : name,
  );
}

/** Returns Markdown with links for the page's names in backticks, such as `name` and `name()`. */
function linkNames(text: string, names: Names): string {
  return text.replaceAll(/`(\w+)[\w.]*(\(\))?`/g, (code, name) =>
    names.has(name) ? `[${code}](${anchor(name)})` : code,
  );
}

/** Returns the fragment that GitHub gives a heading. */
function anchor(name: string): string {
  return `#${name.toLowerCase()}`;
}

function main(): void {
  writeFileSync(referencePath, renderReference(readExports(indexPath)));
}

if (require.main === module) void runMain(main);
