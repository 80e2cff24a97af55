// AWS on this machine, for tests: moto behind the rehearsal's server, in which a test can inject faults. Used by tests only.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { projectFolder } from '../platform/paths';
import { ensureMoto, type Moto, startMoto } from '../rehearsal/moto';
import { createRole, leadsElsewhere, recordImage, rehearsalEnvironment } from '../rehearsal/motoAccount';
import { skippingClock } from '../rehearsal/runs/clock';
import { openStage, type Stage } from '../rehearsal/runs/stage';
import { type Rehearsal, type RehearsalOptions, startRehearsal } from '../rehearsal/server';
import type { AwsSessionOptions } from '../session/aws/account/options';
import { openAwsSession } from '../session/aws/session';
import type { Session } from '../session/contract/session';
import type { Program } from '../session/local/record';
import { atEnd, setEnvironment, temporaryFolder, uploadCorpus } from './folders';

export interface LocalAws {
  readonly rehearsal: Rehearsal;
  /** Address of moto itself. */
  readonly moto: string;
  /** Sentences from sessions, in order. */
  readonly told: string[];
  /** Texts that sessions have shown in place, in order. */
  readonly shown: string[];
  /** Calls made by sessions: service and operation. */
  readonly calls: Set<string>;
  /** Called before each request; a test sets it. */
  fault: NonNullable<RehearsalOptions['fault']>;
  /** Called with each request; a test sets it. */
  authorize: NonNullable<RehearsalOptions['authorize']>;
  /** Opens a session with its ledger in this folder, a large budget and frequent polling. */
  open(folder: string, options?: AwsSessionOptions): Session;
}

/** One server for all tests of this process: it takes seconds to start and milliseconds to reset. */
let shared: Promise<Moto> | undefined;
after(async () => (await shared)?.stop());

async function emptyMoto(): Promise<Moto> {
  await ensureMoto();
  shared ??= startMoto();
  const moto = await shared;
  const { ok, status } = await fetch(`${moto.url}/moto-api/reset`, { method: 'POST' });
  if (!ok) throw new Error(`moto answered the reset with ${status}.`);
  return moto;
}

/** Starts an empty account and points this process's environment at it until the test ends. */
export async function startAws(
  t: TestContext,
  { program = ofTheContainer, ...options }: RehearsalOptions & { program?: Stage['program'] } = {},
): Promise<LocalAws> {
  const folder = await temporaryFolder(t);
  const moto = await emptyMoto();
  const stage = openStage(moto.url, folder, program);
  const rehearsal = await startRehearsal(moto.url, stage, {
    clock: skippingClock(),
    fault: (operation, headers) => aws.fault(operation, headers),
    authorize: (asked) => aws.authorize(asked),
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
    shown: [],
    calls: new Set(),
    fault: () => undefined,
    authorize: () => undefined,
    open: (ledgerFolder, options) =>
      openAwsSession(
        { budget: 1000, pollSeconds: 0.1, ledger: join(ledgerFolder, 'ledger.jsonl'), ...options },
        {
          tell: (sentence) => aws.told.push(sentence),
          live: () => (text) => aws.shown.push(text),
          onCall: (service, operation) => aws.calls.add(`${service} ${operation}`),
        },
      ),
  };
  return aws;
}

function ofTheContainer(command: 'train' | 'serve'): Program {
  return { script: join(projectFolder, 'container', command) };
}

/** Starts AWS with a session on it and a model that a quick job has trained. */
export async function startTrained(
  t: TestContext,
  options: AwsSessionOptions = {},
  behaviour: RehearsalOptions = {},
) {
  const aws = await startAws(t, behaviour);
  const folder = await ledgerFolder(t);
  const session = aws.open(folder, options);
  const channels = await uploadCorpus(t, session);
  const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
  const { modelArtifact = '' } = await job.wait();
  return { aws, folder, session, channels, job, modelArtifact };
}

/** Makes a new folder for a ledger. */
export async function ledgerFolder(t: TestContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'session');
  await mkdir(folder, { recursive: true });
  return folder;
}
