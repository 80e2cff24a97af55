// Pages and notebook: that what they point to is there, be it a file, a heading, a command of package.json or a path.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../platform/paths';
import { workshopNotebook } from './run';

const pages = ['', 'docs', 'data'].flatMap((folder) =>
  readdirSync(join(projectFolder, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(projectFolder, folder, name)),
);

/** What is made when it is needed. */
const made = [
  'container/local_test/test_dir',
  'notebooks/sagemaker_text_classification.local.ipynb',
  'notebooks/honest_evaluation.local.ipynb',
  'notebooks/beyond_one_machine.local.ipynb',
];

/** A page's text without its blocks of code, where brackets are no links. */
function proseOf(path: string): string {
  return readFileSync(path, 'utf8').replaceAll(/^```.*?^```$/gms, '');
}

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(path: string): Set<string> {
  const headings = [...proseOf(path).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

for (const page of pages) {
  const name = relative(projectFolder, page);
  test(`every link of ${name} leads to a file and a heading that are there`, () => {
    const links = [...proseOf(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(
      ([, link = '']) => link,
    );
    const broken = links.filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file ? join(dirname(page), file) : page;
      if (!existsSync(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
    });
    assert.deepEqual(broken, []);
  });

  test(`every npm command and path that ${name} names is there`, () => {
    const text = readFileSync(page, 'utf8');
    const { scripts } = require(join(projectFolder, 'package.json')) as { scripts: Record<string, string> };
    const commands = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, command = '']) => command);
    assert.deepEqual(
      commands.filter((command) => !(command in scripts)),
      [],
    );
    const paths = [...text.matchAll(/`((?:src|container|notebooks|docs)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    assert.deepEqual(
      paths.filter((path) => !made.includes(path) && !existsSync(join(projectFolder, path))),
      [],
    );
  });
}

test('every link within the notebook leads to one of its headings', () => {
  const { cells } = JSON.parse(readFileSync(workshopNotebook, 'utf8')) as { cells: { source: string[] }[] };
  const text = cells.map(({ source }) => [source].flat().join('')).join('\n');
  // Jupyter's anchors: the heading, its spaces as hyphens.
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => heading.replaceAll(' ', '-'));
  const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link = '']) => decodeURIComponent(link));
  assert.ok(links.length > 15);
  assert.deepEqual(
    links.filter((link) => !headings.includes(link)),
    [],
  );
  assert.equal(new Set(headings).size, headings.length, 'headings that are alike have one anchor');
});
