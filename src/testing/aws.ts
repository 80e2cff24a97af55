// AWS on this machine, for tests: moto behind the rehearsal's server, which a test can break. Used by tests only.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { projectFolder } from '../platform/paths';
import { createRole, leadsElsewhere, recordImage, rehearsalEnvironment } from '../rehearsal/account';
import { ensureMoto, startMoto } from '../rehearsal/moto';
import { type Rehearsal, type RehearsalOptions, startRehearsal } from '../rehearsal/server';
import { openStage, type Stage } from '../rehearsal/stage';
import type { AwsSessionOptions } from '../session/aws/account/options';
import { openAwsSession } from '../session/aws/session';
import type { Session } from '../session/contract/session';
import type { Program } from '../session/local/record';
import { atEnd, setEnvironment, temporaryFolder } from './folders';

export interface LocalAws {
  readonly rehearsal: Rehearsal;
  /** moto's own address. */
  readonly moto: string;
  /** Sentences that sessions have told, in order. */
  readonly told: string[];
  /** Calls that sessions have made: service and operation. */
  readonly calls: Set<string>;
  /** The test's own: asked before each request. */
  fault: NonNullable<RehearsalOptions['fault']>;
  /** A session that keeps its ledger in that folder. Any budget, quick looks, and an image unless said otherwise. */
  open(folder: string, options?: AwsSessionOptions): Session;
}

/** Starts it, empty, and points this process's environment at it. It ends with the test. */
export async function startAws(
  t: TestContext,
  { program = ofTheContainer, ...options }: RehearsalOptions & { program?: Stage['program'] } = {},
): Promise<LocalAws> {
  await ensureMoto();
  const folder = await temporaryFolder(t);
  const moto = await startMoto();
  atEnd(t, moto.stop);
  const stage = openStage(moto.url, folder, program);
  const rehearsal = await startRehearsal(moto.url, stage, {
    stepSeconds: 0.05,
    fault: (operation, headers) => aws.fault(operation, headers),
    ...options,
  });
  atEnd(t, rehearsal.close);
  const foreign = Object.keys(process.env).filter(leadsElsewhere);
  setEnvironment(t, Object.fromEntries(foreign.map((name) => [name, undefined])));
  setEnvironment(t, rehearsalEnvironment(rehearsal.url));
  await createRole(moto.url);
  setEnvironment(t, { IMAGE_URI: await recordImage(moto.url) });
  const aws: LocalAws = {
    rehearsal,
    moto: moto.url,
    told: [],
    calls: new Set(),
    fault: () => undefined,
    open: (ledgerFolder, options) =>
      openAwsSession(
        { budget: 1000, pollSeconds: 0.1, ledger: join(ledgerFolder, 'ledger.jsonl'), ...options },
        {
          tell: (sentence) => aws.told.push(sentence),
          live: () => () => undefined,
          onCall: (service, operation) => aws.calls.add(`${service} ${operation}`),
        },
      ),
  };
  return aws;
}

function ofTheContainer(command: 'train' | 'serve'): Program {
  return { script: join(projectFolder, 'container', command) };
}

/** Makes a new folder for a ledger. */
export async function ledgerFolder(t: TestContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'session');
  await mkdir(folder, { recursive: true });
  return folder;
}
