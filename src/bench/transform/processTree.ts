// What a contestant takes with all its child processes: seconds from start to end, and memory at its peak.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { UserError } from '../../platform/errors';
import { mean } from '../../platform/format';

export interface Taken {
  seconds: number;
  /** Of all processes together at its peak, pages that several share counted once. */
  megabytes: number;
  /** What they take in the last quarter of the time, as a share of what they take in the second one. */
  growth: number;
}

const lookMilliseconds = 200;

/** Runs a command to its end. Rejects with a {@link UserError} if that is none. */
export async function runTree(name: string, [file = '', ...args]: readonly string[]): Promise<Taken> {
  const begun = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((done, failed) => child.once('close', done).once('error', failed));
  const looks: number[] = [];
  const timer = setInterval(() => looks.push(memoryOf(child.pid as number)), lookMilliseconds);
  try {
    const code = await ended;
    if (code !== 0) throw new UserError(`${name} failed with exit code ${code}.`);
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, megabytes: Math.max(0, ...looks), growth: growthOf(looks) };
  } finally {
    clearInterval(timer);
  }
}

/** 1 where there are too few looks to tell. */
function growthOf(looks: readonly number[]): number {
  const quarter = Math.floor(looks.length / 4);
  const meanFrom = (first: number) => mean(looks.slice(first, first + quarter));
  return quarter === 0 ? 1 : meanFrom(3 * quarter) / meanFrom(quarter);
}

/** In megabytes: the proportional set sizes of a process and of all that it has started. */
function memoryOf(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) && parentOf(name);
    if (parent) parents.set(Number(name), parent);
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow).reduce((sum, pid) => sum + sharesOf(pid), 0);
}

/** 0 for what has just ended. */
function parentOf(pid: string): number {
  return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function sharesOf(pid: number): number {
  return (Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024) / 1e6;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
