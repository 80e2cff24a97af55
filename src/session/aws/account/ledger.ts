// The ledger of what was created on AWS: a file with a line before each resource is created, and one when it has ended. It
// finds what a killed kernel left behind and what you can attach to. Tags decide whose a resource is.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../../platform/paths';
import type { Lineage } from '../../contract/lineage';

export type ResourceKind =
  | 'bucket'
  | 'repository'
  | 'upload'
  | 'training job'
  // The instance that is kept after the training job of that name.
  | 'warm pool'
  | 'transform job'
  | 'tuning job'
  | 'model'
  | 'endpoint configuration'
  | 'endpoint'
  | 'scalable target'
  // Of an endpoint's end, with the endpoint's name.
  | 'schedule'
  | 'alarm'
  // With its ARN.
  | 'registered model';

export interface LedgerEntry {
  /** ISO 8601. */
  time: string;
  /** `create` is written before the resource is created, `end` after it has ended. */
  action: 'create' | 'end';
  kind: ResourceKind;
  name: string;
  account: string;
  region: string;
  /** Hash of the request of a training or tuning job, to recognise an identical one. */
  request?: string;
  /** Planned end of an endpoint or a warm pool, in ISO 8601. */
  ends?: string;
  /** The most instances to which an endpoint scales. */
  most?: number;
  /** Artifact that an endpoint with a planned end serves. */
  modelArtifact?: string;
  /** Whether what it had stored was deleted. */
  deleted?: true;
  /** Lineage of the model that an ended job made. */
  made?: Lineage;
}

export interface Ledger {
  /** Location of the file. */
  readonly path: string;
  add(entry: Omit<LedgerEntry, 'time'>): void;
  /** Returns the entries of every kernel, oldest first. */
  read(): LedgerEntry[];
  /** Returns the entries of a region whose resources have not ended, oldest first. */
  open(place: Pick<LedgerEntry, 'account' | 'region'>): LedgerEntry[];
}

/** Opens the project's ledger, or the file in the environment variable LEDGER. */
export function openLedger(path = process.env.LEDGER || join(projectFolder, '.ledger.jsonl')): Ledger {
  const read = () => {
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    return lines.flatMap((line) => parseEntry(line) ?? []);
  };
  return {
    path,
    // One write of one short line is atomic enough for several kernels on one file.
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

/** Returns undefined for a line that a killed kernel left incomplete. */
function parseEntry(line: string): LedgerEntry | undefined {
  try {
    return JSON.parse(line) as LedgerEntry;
  } catch {
    return undefined;
  }
}
