// Benchmark: a million headlines from files to files, by a batch transform of the process session, beside fastText's
// command line and scikit-learn doing the same. Every contestant's results are counted, ours compared with the model's own.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadDataset } from '../../data/dataset';
import type { LabelledTitle } from '../../data/headlines';
import { loadArtifact, saveArtifact } from '../../model/artifact';
import { parseHyperparameters } from '../../model/hyperparameters';
import { trainClassifier } from '../../model/train';
import type { Classifier } from '../../model/training/classifier';
import { UserError } from '../../platform/errors';
import { linesOf } from '../../session/contract/transform/lines';
import { openProcessSession } from '../../session/process/session';
import { loadVectors } from '../../text/vectors';
import { type Benchmark, type Outcome, summarise, toMarkdown } from '../common/measure';
import { peerFile, peersPython, peerVersions } from '../common/peers';
import { enlarge } from '../data/benchmark';
import { transformName } from './contestant';
import { runTree } from './processTree';

const run = promisify(execFile);
const trainingRows = 10_000;
const partCount = 10;
/** scikit-learn does a tenth, since it takes so much longer. */
const tenth = 10;
/** As in the training benchmark, where the settings were tried. */
const fastTextSettings = '-wordNgrams 2 -lr 0.25 -epoch 10 -dim 10 -bucket 200000 -verbose 0';
/** Processes of those that have one thread. */
const processors = 2;

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
    const task = `${count.toLocaleString('en')} headlines from files to files`;
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
  const { seconds, megabytes, growth } = await runTree(name, command(results));
  const classifier = name === ours ? await loadArtifact(artifact) : undefined;
  const found = await check(await contestant.results(results), titles, classifier);
  if (found !== headlines) throw new UserError(`${name} has ${found} results of ${headlines}.`);
  await rm(results, { recursive: true, force: true });
  const speed = headlines / seconds;
  console.log(`  ${Math.round(speed).toLocaleString('en')} headlines/s, ${megabytes.toFixed(0)} MB`);
  return {
    'seconds for 1,000 headlines': 1000 / speed,
    'peak memory in MB': megabytes,
    'memory in the last quarter to that in the second': growth,
  };
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
  const texts = Array.from({ length: processors }, (_, index) => join(folder, `text-${index}.txt`));
  const predict = texts.map((text, index) => `fasttext predict-prob "$0" "${text}" -1 > "$1/${index}" &`);
  return [
    {
      name: ours,
      headlines: count,
      command: (results) => [
        process.execPath,
        join(__dirname, 'contestant.js'),
        artifact,
        join(folder, 'parts'),
        results,
      ],
      results: async (results) =>
        (await openProcessSession({ folder: results }).attachTransformJob(transformName)).lines(),
    },
    {
      name: 'fastText: command line, two processes',
      headlines: count,
      command: (results) => ['sh', '-c', `${predict.join('\n')}\nwait`, fastText, results],
      results: async (results) => inFiles(results),
    },
    {
      name: 'scikit-learn: script, two processes, a tenth of the headlines',
      headlines: count / tenth,
      command: (results) => [
        python,
        peerFile('transform', 'linear_files.py'),
        linear,
        join(folder, 'tenth'),
        results,
      ],
      results: async (results) => inFiles(results),
    },
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
  const linear = join(folder, 'linear.pickle');
  await writeFile(
    rowsFile,
    used.map(({ title, category }) => `${JSON.stringify([title, category])}\n`).join(''),
  );
  await run(python, [peerFile('serving', 'linear.py'), rowsFile, linear]);
  const fastText = await trainFastText(folder, used);
  const titles = enlarge(headlines, count).map(({ title }) => title.replaceAll(/\s+/g, ' '));
  await writeParts(join(folder, 'parts'), titles, partCount);
  await writeParts(join(folder, 'tenth'), titles.slice(0, count / tenth), processors);
  await writeTexts(folder, titles);
  return { folder, count, titles, artifact, linear, fastText, python };
}

async function trainFastText(folder: string, rows: readonly LabelledTitle[]): Promise<string> {
  const input = join(folder, 'fasttext.txt');
  const output = join(folder, 'fasttext');
  const lines = rows.map(
    ({ title, category }) => `__label__${category.replaceAll(' ', '_')} ${toWords(title)}`,
  );
  await writeLines(input, lines);
  await run('fasttext', ['supervised', '-input', input, '-output', output, ...fastTextSettings.split(' ')]);
  return `${output}.bin`;
}

/** What fastText parts by spaces. */
function toWords(title: string): string {
  return (
    title
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+/gu)
      ?.join(' ') ?? ''
  );
}

/** A headline a line, in files named after their place. */
async function writeTexts(folder: string, titles: readonly string[]): Promise<void> {
  for (let index = 0; index < processors; index++) {
    await writeLines(join(folder, `text-${index}.txt`), slice(titles, index, processors).map(toWords));
  }
}

/** The same as JSON Lines. */
async function writeParts(folder: string, titles: readonly string[], count: number): Promise<void> {
  await mkdir(folder);
  for (let part = 0; part < count; part++) {
    const records = slice(titles, part, count).map((input, row) => ({ id: `${part}-${row}`, input }));
    const lines = records.map((one) => JSON.stringify(one));
    await writeLines(join(folder, `part-${String(part).padStart(2, '0')}.jsonl`), lines);
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
