// Checks the rooms of src/: what each may import, no cycles between folders or files (type imports count), and no folder
// that has grown too full. `npm run check` runs it; docs/architecture.md describes the rooms. Takes another src/ as argument.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const anything = 'anything';

/** Each room, from the ground up, and the rooms it may import. */
const rooms = {
  platform: [],
  text: ['platform'],
  data: ['text', 'platform'],
  display: ['platform'],
  model: ['data', 'text', 'platform'],
  container: ['model', 'data', 'text', 'platform'],
  image: ['data', 'display', 'model', 'platform'],
  session: ['container', 'image', 'model', 'data', 'display', 'platform'],
  notebook: ['session', 'container', 'model', 'data', 'text', 'display', 'platform'],
  jupyter: ['notebook', 'session', 'data', 'display', 'platform'],
  rehearsal: ['session', 'jupyter', 'data', 'platform'],
  bench: anything,
  'index.ts': anything,
  setup: [],
  'setup.mjs': ['setup'],
};

const mostFiles = 30;
const mostEntries = 20;
const src = path.resolve(process.argv[2] ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '..'));

/** The product's files, as paths below src/: neither tests nor WebAssembly. */
const files = fs
  .readdirSync(src, { recursive: true })
  .filter((file) => /\.m?[jt]s$/.test(file) && !/\.test\.|^testing\/|\/assembly\//.test(file));

const importing = /(?:from|import|require|require\.resolve)\s*\(?\s*'(\.{1,2}\/[^']*)'/g;

/** Returns the files that a file imports, by its relative imports. */
function importsOf(file) {
  const text = fs.readFileSync(path.join(src, file), 'utf8');
  return [...text.matchAll(importing)].flatMap(([, name]) => {
    const target = path.join(path.dirname(file), name);
    return [`${target}.ts`, target, `${target}/index.ts`].filter((one) => files.includes(one)).slice(0, 1);
  });
}

const arrows = files.flatMap((from) => importsOf(from).map((to) => ({ from, to })));

const roomOf = (file) => file.split('/')[0];

function* forbidden() {
  for (const { from, to } of arrows) {
    const [room, other] = [roomOf(from), roomOf(to)];
    if (!rooms[room]) yield `${from}: src/testing/rooms.mjs does not list ${room}.`;
    else if (room !== other && rooms[room] !== anything && !rooms[room].includes(other)) {
      yield `${from} imports ${to}, but ${room} may import only ${rooms[room].join(', ') || 'nothing'}.`;
    }
  }
}

/** TypeScript does not check the file that a call of `require()` names. */
function* missing() {
  for (const from of files) {
    const text = fs.readFileSync(path.join(src, from), 'utf8');
    for (const [, name] of text.matchAll(/\brequire\('(\.{1,2}\/[^']*)'\)/g)) {
      const target = path.join(path.dirname(from), name);
      if (!files.includes(`${target}.ts`)) yield `${from} requires ${name}, which does not exist.`;
    }
  }
}

/** Returns one cycle among nodes named by `name`, or undefined. */
function findCycle(name) {
  const targets = new Map();
  for (const { from, to } of arrows) {
    const [one, other] = [name(from), name(to)];
    if (one !== other) targets.set(one, (targets.get(one) ?? new Set()).add(other));
  }
  const done = new Set();
  const visit = (node, way) => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return undefined;
    done.add(node);
    for (const next of targets.get(node) ?? []) {
      const cycle = visit(next, [...way, node]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  for (const node of targets.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}

function* cycles() {
  for (const [kind, name] of Object.entries({ folders: path.dirname, files: String })) {
    const cycle = findCycle(name);
    if (cycle) yield `A cycle of ${kind}: ${cycle.join(' -> ')}.`;
  }
}

function* crowds() {
  const counts = new Map();
  for (const file of files) counts.set(path.dirname(file), (counts.get(path.dirname(file)) ?? 0) + 1);
  for (const [folder, count] of counts) {
    if (count > mostFiles) yield `src/${folder} holds ${count} files; at most ${mostFiles}. Divide it.`;
  }
  const entries = fs.readdirSync(src).length;
  if (entries > mostEntries) yield `src/ holds ${entries} entries; at most ${mostEntries}.`;
}

const problems = [...forbidden(), ...missing(), ...cycles(), ...crowds()];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
