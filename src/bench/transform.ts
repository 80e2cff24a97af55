// Benchmark: a million headlines from files to files, by a batch transform of the process session, beside fastText's
// command line and scikit-learn doing the same. Every contestant's results are counted, ours compared with the model's own.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadArtifact, saveArtifact } from '../artifact';
import type { Classifier } from '../classifier';
import { loadDataset } from '../dataset';
import { UserError } from '../errors';
import { parseHyperparameters } from '../hyperparameters';
import { openProcessSession } from '../processSession';
import { trainClassifier } from '../train';
import { linesOf } from '../transformLines';
import { loadVectors } from '../vectors';
import { enlarge } from './data';
import { type Benchmark, type Outcome, summarise, toMarkdown } from './measure';
import { peersPython, peerVersions } from './peers';
import { runTree } from './processTree';
import { transformName } from './transformContestant';

const run = promisify(execFile);
const programs = join(__dirname, '..', '..', 'src', 'bench');
const trainingRows = 10_000;
const partCount = 10;
/** Processes of fastText's command line, which has one thread. */
const fastTextProcesses = 2;

interface Form {
  headlines: number;
  rounds: number;
}

const fullForm: Form = { headlines: 1_000_000, rounds: 3 };
const shortForm: Form = { headlines: 20_000, rounds: 1 };

/** Files for all contestants. */
interface Course {
  folder: string;
  count: number;
  titles: readonly string[];
  artifact: string;
  linear: string;
  fastText: string;
  python: string;
}

/** What is run, and where its results are: files that are read in this order. */
interface TransformContestant {
  name: string;
  /** @param folder a new one for its results */
  command(folder: string): readonly string[];
  results(folder: string): Promise<AsyncIterable<string>>;
  headlines: number;
}

const ours = 'this workshop';

export const benchTransform: Benchmark = async ({ short }) => {
  const { headlines: count, rounds } = short ? shortForm : fullForm;
  if (spawnSync('fasttext').error) {
    throw new UserError('This benchmark needs fastText’s command line: sudo apt-get install fasttext.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const course = await prepare(folder, count);
    const contestants = createContestants(course);
    const outcomes: Record<string, Outcome[]> = {};
    for (let round = 1; round <= rounds; round++) {
      for (const contestant of contestants) {
        console.log(`round ${round} of ${rounds}: ${contestant.name}`);
        const outcome = await runOnce(contestant, course);
        outcomes[contestant.name] = [...(outcomes[contestant.name] ?? []), outcome];
      }
    }
    const figures = Object.fromEntries(
      Object.entries(outcomes).map(([name, results]) => [name, summarise(results)] as const),
    );
    const task = `${count.toLocaleString('en')} headlines from files to files (the last column: a tenth of them)`;
    const results = { task, rounds, figures, versions: await peerVersions('serving') };
    return { results, table: toMarkdown(results) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

async function runOnce(
  contestant: TransformContestant,
  { folder, artifact, titles }: Course,
): Promise<Outcome> {
  const results = await mkdtemp(join(folder, 'results-'));
  const { name, command, headlines } = contestant;
  const { seconds, megabytes } = await runTree(name, command(results));
  const classifier = name === ours ? await loadArtifact(artifact) : undefined;
  const found = await check(await contestant.results(results), titles, classifier);
  if (found !== headlines) throw new UserError(`${name} has ${found} results of ${headlines}.`);
  await rm(results, { recursive: true, force: true });
  const speed = headlines / seconds;
  console.log(`  ${Math.round(speed).toLocaleString('en')} headlines/s, ${megabytes.toFixed(0)} MB`);
  return { 'seconds for 1,000 headlines': 1000 / speed, 'peak memory in MB': megabytes };
}

/** Counts results; those of the classifier's are compared with what it says, for some of the headlines. */
async function check(
  lines: AsyncIterable<string>,
  titles: readonly string[],
  classifier: Classifier | undefined,
): Promise<number> {
  const every = 997;
  let row = 0;
  for await (const line of lines) {
    if (line === '') continue;
    if (classifier && row % every === 0) {
      const { input, SageMakerOutput } = JSON.parse(line) as {
        input: string;
        SageMakerOutput: { result: string };
      };
      const [expected] = classifier.predict([input]);
      if (input !== titles[row] || expected?.result !== SageMakerOutput.result) {
        throw new UserError(`Result ${row} is wrong: ${line}`);
      }
    }
    row += 1;
  }
  return row;
}

function createContestants(course: Course): TransformContestant[] {
  const { folder, count, artifact, linear, fastText, python } = course;
  const workshop = (name: string, input: string, headlines: number): TransformContestant => ({
    name,
    headlines,
    command: (results) => [
      process.execPath,
      join(__dirname, 'transformContestant.js'),
      artifact,
      join(folder, input),
      results,
    ],
    results: async (results) =>
      (await openProcessSession({ folder: results }).attachTransformJob(transformName)).lines(),
  });
  const texts = Array.from({ length: fastTextProcesses }, (_, index) => join(folder, `text-${index}.txt`));
  const predict = texts.map((text, index) => `fasttext predict-prob "$0" "${text}" -1 > "$1/${index}" &`);
  return [
    workshop(ours, 'parts', count),
    {
      name: 'fastText: command line, two processes',
      headlines: count,
      command: (results) => ['sh', '-c', `${predict.join('\n')}\nwait`, fastText, results],
      results: async (results) => inFiles(results),
    },
    {
      name: 'scikit-learn: script, a process for each processor',
      headlines: count,
      command: (results) => [
        python,
        join(programs, 'transformPeers', 'linear_files.py'),
        linear,
        join(folder, 'parts'),
        results,
      ],
      results: async (results) => inFiles(results),
    },
    workshop('this workshop, a tenth', 'tenth', count / 10),
  ];
}

async function* inFiles(folder: string): AsyncGenerator<string> {
  for (const file of (await readdir(folder)).sort()) yield* linesOf(createReadStream(join(folder, file)));
}

async function prepare(folder: string, count: number): Promise<Course> {
  const python = await peersPython('serving');
  const { headlines } = await loadDataset();
  const used = headlines.slice(0, trainingRows);
  console.log(`Training the models on ${used.length} headlines …`);
  const artifact = join(folder, 'artifact');
  const settings = parseHyperparameters({});
  const rows = { training: used, validation: [] };
  await saveArtifact(await trainClassifier(rows, settings, { vectors: await loadVectors() }), artifact);
  const rowsFile = join(folder, 'rows.jsonl');
  const [linear, fastText] = [join(folder, 'linear.pickle'), join(folder, 'fasttext.bin')];
  await writeFile(
    rowsFile,
    used.map(({ title, category }) => `${JSON.stringify([title, category])}\n`).join(''),
  );
  const peers = join(programs, 'servingPeers');
  await run(python, [join(peers, 'linear.py'), rowsFile, linear]);
  await run(python, [join(peers, 'fasttext_batches.py'), 'train', rowsFile, fastText]);
  const titles = enlarge(headlines, count).map(({ title }) => title.replaceAll(/\s+/g, ' '));
  await writeParts(folder, titles);
  return { folder, count, titles, artifact, linear, fastText, python };
}

/** As JSON Lines in parts; the first of these by itself; and for fastText, a headline a line. */
async function writeParts(folder: string, titles: readonly string[]): Promise<void> {
  const parts = join(folder, 'parts');
  await mkdir(parts);
  for (let part = 0; part < partCount; part++) {
    const records = slice(titles, part, partCount).map((input, row) => ({ id: `${part}-${row}`, input }));
    await writeLines(
      join(parts, `part-${String(part).padStart(2, '0')}.jsonl`),
      records.map((one) => JSON.stringify(one)),
    );
  }
  await cp(join(parts, 'part-00.jsonl'), join(folder, 'tenth', 'part-00.jsonl'));
  for (let index = 0; index < fastTextProcesses; index++) {
    const lines = slice(titles, index, fastTextProcesses).map((title) => title.toLowerCase());
    await writeLines(join(folder, `text-${index}.txt`), lines);
  }
}

function slice(titles: readonly string[], part: number, of: number): readonly string[] {
  return titles.slice((part * titles.length) / of, ((part + 1) * titles.length) / of);
}

async function writeLines(path: string, lines: readonly string[]): Promise<void> {
  const stream = createWriteStream(path);
  for (let first = 0; first < lines.length; first += 10_000) {
    const text = `${lines.slice(first, first + 10_000).join('\n')}\n`;
    if (!stream.write(text)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}
