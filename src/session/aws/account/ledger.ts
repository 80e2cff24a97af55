// The memory of what was created on AWS: a line in a file before each resource is created, and one when it has ended.
// Tags are the truth; the ledger finds what a kernel that was killed has left behind, and what can be attached to.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../../platform/paths';
import type { Lineage } from '../../contract/lineage';

export type ResourceKind =
  | 'bucket'
  | 'repository'
  | 'upload'
  | 'training job'
  | 'transform job'
  | 'tuning job'
  | 'model'
  | 'endpoint configuration'
  | 'endpoint'
  | 'scalable target';

export interface LedgerEntry {
  /** ISO 8601. */
  time: string;
  /** `create` is written before, `end` after. */
  action: 'create' | 'end';
  kind: ResourceKind;
  name: string;
  account: string;
  region: string;
  /** Of a training or tuning job: what was asked for, to know it again. */
  request?: string;
  /** Of a training job that has ended: the model that it has made. */
  made?: Lineage;
}

export interface Ledger {
  /** Where it lies. */
  readonly path: string;
  add(entry: Omit<LedgerEntry, 'time'>): void;
  /** All entries, oldest first, of every kernel. */
  read(): LedgerEntry[];
  /** What was created there and has not ended, oldest first. */
  open(place: Pick<LedgerEntry, 'account' | 'region'>): LedgerEntry[];
}

/** The project's, unless the environment variable LEDGER names another file. */
export function openLedger(path = process.env.LEDGER || join(projectFolder, '.ledger.jsonl')): Ledger {
  const read = () => {
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    return lines.flatMap((line) => parseEntry(line) ?? []);
  };
  return {
    path,
    // One write of one short line: two kernels do not tear each other's.
    add: (entry) => appendFileSync(path, `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`),
    read,
    open({ account, region }) {
      const open = new Map<string, LedgerEntry>();
      for (const entry of read()) {
        if (entry.account !== account || entry.region !== region) continue;
        const key = `${entry.kind} ${entry.name}`;
        if (entry.action === 'create') open.set(key, entry);
        else open.delete(key);
      }
      return [...open.values()];
    },
  };
}

/** Undefined for the line of a kernel that was killed while writing it. */
function parseEntry(line: string): LedgerEntry | undefined {
  try {
    return JSON.parse(line) as LedgerEntry;
  } catch {
    return undefined;
  }
}
