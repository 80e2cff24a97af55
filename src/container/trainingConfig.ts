// Reads what SageMaker writes to input/config. Contract: "Amazon SageMaker AI Developer Guide", how
// SageMaker provides training information. Each of the files may be missing.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { BaseDirectory } from '../platform/baseDirectory';
import { UserError } from '../platform/errors';

type JsonObject = Readonly<Record<string, unknown>>;

/** A training job's configuration, read once. */
interface TrainingConfig {
  /** Hyperparameters as given, unchecked. */
  readonly hyperparameters: JsonObject;
  /** Reason that this host does nothing: only the first host trains. */
  readonly idleness?: string;
  /** The folder for checkpoints, if the job keeps any. */
  readonly checkpointFolder?: string;
  /** Sentences for the log about settings without effect. */
  readonly notes: readonly string[];
}

/**
 * Reads a job's configuration.
 * @throws `UserError` for a file that is not a JSON object, a host that is not listed, or a channel that cannot be read: a
 * stream, or one that this host has only a part of
 */
export async function readTrainingConfig(directory: BaseDirectory): Promise<TrainingConfig> {
  const hyperparameters = await readObject(directory.hyperparameters, '{"epochs": "2"}');
  const hosts = await readHosts(directory);
  const unread = await checkChannels(directory, hosts.all.length);
  const { folder: checkpointFolder, note } = await findCheckpointFolder(directory);
  const idleness = describeIdleness(hosts);
  return {
    hyperparameters,
    ...(idleness && { idleness }),
    ...(checkpointFolder && { checkpointFolder }),
    notes: [...unread, ...(note ? [note] : [])],
  };
}

interface Hosts {
  current: unknown;
  all: unknown[];
}

async function readHosts({ resourceConfig }: BaseDirectory): Promise<Hosts> {
  const given = await readObject(resourceConfig, '{"current_host": "algo-1", "hosts": ["algo-1"]}');
  const { current_host: current, hosts: all = [current] } = given;
  if (Array.isArray(all) && all.includes(current)) return { current, all };
  throw new UserError(
    `${resourceConfig}: current_host ${JSON.stringify(current)} is not in its list of hosts.`,
  );
}

function describeIdleness({ current, all }: Hosts): string | undefined {
  const [first] = all;
  if (current === first) return undefined;
  return (
    `${current} does nothing: training runs on one host, ${first}. Several hosts would have to exchange gradients in ` +
    `every step, for too little gain (docs/scale.md). Request one instance, not ${all.length}.`
  );
}

/** The channels that a job reads. */
const channels = ['training', 'train', 'validation', 'embeddings', 'pretrained', 'code'];

/** Returns a note about each unused channel. Throws a {@link UserError} for one that cannot be read. */
async function checkChannels({ inputDataConfig }: BaseDirectory, hosts: number): Promise<string[]> {
  const given = await readObject(inputDataConfig, '{"training": {"TrainingInputMode": "File"}}');
  for (const [name, config] of Object.entries(given)) {
    const fault = faultOf((config ?? {}) as JsonObject, hosts);
    if (fault) throw new UserError(`The channel ${name} cannot be read: ${fault}`);
  }
  return Object.keys(given)
    .filter((name) => !channels.includes(name))
    .map((name) => `The channel ${name} is not read: the channels are ${channels.join(', ')}.`);
}

function faultOf(
  { TrainingInputMode, RecordWrapperType, S3DistributionType }: JsonObject,
  hosts: number,
): string | undefined {
  if (TrainingInputMode === 'Pipe') return 'its input mode is Pipe. Choose File or FastFile.';
  if (RecordWrapperType === 'RecordIO') return 'its records are wrapped as RecordIO. Choose None.';
  if (S3DistributionType === 'ShardedByS3Key' && hosts > 1) {
    return (
      `it is divided among ${hosts} hosts (ShardedByS3Key), and the first host, which trains, has only a part of it. ` +
      'Choose FullyReplicated, or one instance.'
    );
  }
  return undefined;
}

/** The folder that checkpointconfig.json names, else checkpoints/. A job whose folder does not exist keeps none. */
async function findCheckpointFolder({
  checkpointConfig,
  checkpoints,
}: BaseDirectory): Promise<{ folder?: string; note?: string }> {
  const { LocalPath: path } = await readObject(checkpointConfig, '{"LocalPath": "/opt/ml/checkpoints"}');
  const named = typeof path === 'string' && path !== '' ? path : undefined;
  const folder = named ?? checkpoints;
  if (existsSync(folder)) return { folder };
  return named
    ? { note: `No checkpoints are kept: ${checkpointConfig} names ${named}, which does not exist.` }
    : {};
}

/** Reads the object in a JSON file; an empty one without a file. */
async function readObject(path: string, example: string): Promise<JsonObject> {
  if (!existsSync(path)) return {};
  const given = parseJson(await readFile(path, 'utf8'), path);
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given };
  throw new UserError(`${path} is not an object of names and values, as in ${example}.`);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}
