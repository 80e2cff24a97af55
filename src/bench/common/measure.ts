// What benchmarks share: running contestants in turn as processes of their own, medians and spread, a table.
import { spawn } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { UserError } from '../../platform/errors';
import { mean } from '../../platform/format';

/** A tool that does the work; its process prints one line of JSON with a figure for each measure. */
export interface Contestant {
  name: string;
  command: readonly string[];
}

export interface Measurements {
  /** What was done, and with what data. */
  task: string;
  rounds: number;
  /** Contestant → measure → median, smallest and largest of the rounds. */
  figures: Record<string, Record<string, Figure>>;
  versions: Record<string, string>;
}

/** The short form does the same with less data and one round. */
export type Benchmark = (options: { short: boolean }) => Promise<Report>;

export interface Report {
  /** For the file of results. */
  results: object;
  /** Markdown. */
  table: string;
}

export interface Figure {
  mean: number;
  median: number;
  smallest: number;
  largest: number;
}

/** A figure for each measure, of one round; `version` is none. */
export type Outcome = Record<string, number | string>;

/** Runs every contestant once a round, one after the other. */
export async function inTurn(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Pick<Measurements, 'rounds' | 'figures' | 'versions'>> {
  const outcomes = new Map<string, Outcome[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const { name, command } of contestants) {
      console.log(`round ${round} of ${rounds}: ${name}`);
      outcomes.set(name, [...(outcomes.get(name) ?? []), await runOnce(name, command)]);
    }
  }
  const figures = [...outcomes].map(([name, results]) => [name, summarise(results)] as const);
  const versions = [...outcomes].map(([name, [first]]) => [name, String(first?.version)] as const);
  return { rounds, figures: Object.fromEntries(figures), versions: Object.fromEntries(versions) };
}

/** Runs a contestant and gives what its process has printed last. */
export async function runOnce(name: string, [file = '', ...args]: readonly string[]): Promise<Outcome> {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const code = await new Promise((done, failed) => child.once('close', done).once('error', failed));
  if (code !== 0) throw new UserError(`${name} failed with exit code ${code}.`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

/** The figures of each measure. */
export function summarise(results: readonly Outcome[]): Record<string, Figure> {
  const measures = Object.keys(results[0] ?? {}).filter((measure) => measure !== 'version');
  return Object.fromEntries(
    measures.map((measure) => [measure, figureOf(results.map((result) => Number(result[measure])))]),
  );
}

/** Of one or more values. */
export function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = [(sorted.length - 1) / 2, sorted.length / 2].map(
    (place) => sorted[Math.floor(place)] as number,
  );
  return {
    mean: mean(values),
    median: mean(middle),
    smallest: sorted[0] as number,
    largest: sorted.at(-1) as number,
  };
}

/** The figure of what is the same in every round. */
export function always(value: number): Figure {
  return figureOf([value]);
}

/** A row for each measure: every contestant's median with its spread, and the first one's ratio to each other. */
export function toMarkdown({ task, rounds, figures }: Measurements): string {
  const [first = '', ...others] = Object.keys(figures);
  const measures = Object.keys(figures[first] ?? {});
  const rows = measures.map((measure) => {
    const ours = figures[first]?.[measure] as Figure;
    const cells = others.flatMap((other) => {
      const theirs = figures[other]?.[measure];
      return theirs ? [formatFigure(theirs), (ours.median / theirs.median).toFixed(2)] : ['', ''];
    });
    return `| ${[measure, formatFigure(ours), ...cells].join(' | ')} |`;
  });
  const head = ['', first, ...others.flatMap((other) => [other, `ratio`])];
  return [
    `${task}. Median of ${rounds} rounds in turn (smallest–largest); a ratio below 1 is in favour of ${first}.`,
    '',
    `| ${head.join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...rows,
  ].join('\n');
}

export function formatFigure({ median, smallest, largest }: Figure): string {
  const [low, high] = [short(smallest), short(largest)];
  return low === high ? short(median) : `${short(median)} (${low}–${high})`;
}

function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

export function describeMachine(): string {
  const [first] = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} cores (${first?.model.trim()}), ${memory} GiB, Node ${process.version}`;
}
