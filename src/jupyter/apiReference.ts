// What `npm run docs` runs: docs/api.md from the docstrings of everything that index.ts exports. Decides how the page
// looks; what stands on it is read by apiDeclarations.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, UserError } from '../platform/errors';
import { projectFolder } from '../platform/paths';
import { type Documented, type Export, type Group, readExports } from './apiDeclarations';

/** What notebooks import. */
export const indexPath = join(projectFolder, 'src', 'index.ts');

/** Where the reference is kept. */
export const referencePath = join(projectFolder, 'docs', 'api.md');

const introduction = `<!-- Made by \`npm run docs\` from the docstrings in src/. Change those. -->
# API reference

What notebooks import, in the order of the way. The examples are the cells of one notebook in \`notebooks/\`, from the
top of this page to its end; they run as tests, on synthetic headlines, and a comment behind \`console.log\` is what it
prints. In a notebook, Shift-Tab shows the same descriptions.

A mistake that you can mend is thrown as a \`UserError\`: its message says what was wrong, where, what was expected and
what to do.
`;

const firstCell = `The first cell:

\`\`\`ts
import * as workshop from '../dist/index';
\`\`\``;

/** The whole page. Throws a {@link UserError} that names everything that cannot be documented as it is. */
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
  // The notebook's Shift-Tab tears it apart.
  if (JSON.stringify(entry).includes('{@link')) problems.push(`${name} has a {@link}: use backticks`);
  return problems;
}

/** A line for each group; types are reached through what uses them. */
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

/** A line for each member; those whose names say all share one. */
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

/** Code as HTML, in which types of the page are links, except where they are declared. */
function linkTypes(code: string, names: Names): string {
  const escaped = code.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll(/(?<!(?:type|interface) )\b[A-Z]\w*/g, (name) =>
    names.has(name) ? `<a href="${anchor(name)}">${name}</a>` : name,
  );
}

/** Markdown in which names of the page that stand between backticks, such as `name` and `name()`, are links. */
function linkNames(text: string, names: Names): string {
  return text.replaceAll(/`(\w+)[\w.]*(\(\))?`/g, (code, name) =>
    names.has(name) ? `[${code}](${anchor(name)})` : code,
  );
}

/** The fragment that GitHub gives the heading of a name. */
function anchor(name: string): string {
  return `#${name.toLowerCase()}`;
}

function main(): void {
  try {
    writeFileSync(referencePath, renderReference(readExports(indexPath)));
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
}

if (require.main === module) main();
