// What the parts of the contract share: a session with three channels, two trained jobs, and a folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Prediction } from '../../model/training/classifier';
import type {
  Channel,
  CleanUpOptions,
  RunningResource,
  Session,
  TrainingJobDescription,
} from '../../session/contract/session';

/** State shared by the parts of the contract. */
export interface Walk {
  /** Another session over the same folder, as a later kernel would open it. */
  reopen(): Session;
  readonly session: Session;
  readonly folder: string;
  readonly channels: readonly Channel[];
  /** Makes a damaged copy of a model artifact and returns its path. */
  damage(modelArtifact: string): Promise<string>;
  /** Returns the folder of a model artifact, which it copies to this machine where needed. */
  fetch(modelArtifact: string): Promise<string>;
  /** The results of {@link firstJob} and {@link secondJob}, once they are trained. */
  trained: TrainingJobDescription[];
}

/** Two jobs that answer differently. */
export const firstJob = { name: 'first-job', hyperparameters: { epochs: 3, batch_size: 16 } };
export const secondJob = { hyperparameters: { epochs: 2, batch_size: 4, learning_rate: 0.01, seed: 2 } };

/** Longer than any test waits, in many steps, so that a test can stop it in the middle. */
export const long = { architecture: 'mlp', epochs: 1000, batch_size: 4 } as const;

/** Trains the two jobs, unless another part has. */
export async function trainBoth({ session, channels, trained }: Walk): Promise<TrainingJobDescription[]> {
  for (const job of [firstJob, secondJob].slice(trained.length)) {
    trained.push(await (await session.train({ ...job, channels })).wait());
  }
  return trained;
}

export async function firstTrained(walk: Walk): Promise<TrainingJobDescription> {
  const [first] = await trainBoth(walk);
  if (!first) throw new Error('No job was trained.');
  return first;
}

export async function uploadParts(
  { session, folder }: Walk,
  name: string,
  parts: Readonly<Record<string, readonly string[]>>,
): Promise<Channel> {
  const source = join(folder, name);
  for (const [part, lines] of Object.entries(parts)) {
    await mkdir(dirname(join(source, part)), { recursive: true });
    await writeFile(join(source, part), `${lines.join('\n')}\n`);
  }
  await writeClutter(source);
  return await session.upload(source, name);
}

/** Puts a file into the folder that is not data, and that no reader of data could read. */
export async function writeClutter(folder: string): Promise<string> {
  const clutter = join(folder, '.ipynb_checkpoints');
  await mkdir(clutter);
  await writeFile(join(clutter, 'first-checkpoint.tsv'), 'not data\n');
  return clutter;
}

/** Returns a prediction without its latency. */
export function untimed({ result, probabilities }: Prediction): Prediction {
  return { result, probabilities };
}

const identify = ({ kind, name }: RunningResource) => ({ kind, name });

export async function running(session: Session) {
  return (await session.whatIsRunning()).map(identify);
}

export async function cleanUp(session: Session, options?: CleanUpOptions) {
  return (await session.cleanUp(options)).map(identify);
}
