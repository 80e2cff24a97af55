// The configuration that SageMaker gives a training job in input/config: hyperparameters, channels, hosts, checkpoints. Contract: "Amazon
// SageMaker AI Developer Guide", how SageMaker provides training information. Each of the files may be missing.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { BaseDirectory } from '../platform/baseDirectory';
import { UserError } from '../platform/errors';

type JsonObject = Readonly<Record<string, unknown>>;

/** The channels that a job uses. */
const channels = ['training', 'train', 'validation', 'embeddings'];

/** Reads the hyperparameters as given; none without a file. */
export async function readHyperparameters({ hyperparameters }: BaseDirectory): Promise<JsonObject> {
  return await readObject(hyperparameters, '{"epochs": "2"}');
}

/** Returns why this host has nothing to do, or undefined on the first host, which trains. */
export async function readIdleness(directory: BaseDirectory): Promise<string | undefined> {
  const { current, hosts } = await readHosts(directory);
  const [first] = hosts;
  if (current === first) return undefined;
  return (
    `Nothing is done on ${current}: training runs on one host, ${first}, since several would have to add up in ` +
    `each step what they have learnt, for too little gain (docs/scale.md). Ask for one instance, not ${hosts.length}.`
  );
}

async function readHosts({ resourceConfig }: BaseDirectory): Promise<{ current: unknown; hosts: unknown[] }> {
  const given = await readObject(resourceConfig, '{"current_host": "algo-1", "hosts": ["algo-1"]}');
  const { current_host: current, hosts = [current] } = given;
  if (Array.isArray(hosts) && hosts.includes(current)) return { current, hosts };
  throw new UserError(`${resourceConfig}: current_host ${JSON.stringify(current)} is none of its hosts.`);
}

/**
 * Throws a {@link UserError} for a channel that cannot be read: a stream, or one of which this host has only a part.
 * Reports unused channels to `notify`.
 */
export async function checkChannels(
  directory: BaseDirectory,
  notify: (sentence: string) => void,
): Promise<void> {
  const given = await readObject(directory.inputDataConfig, '{"training": {"TrainingInputMode": "File"}}');
  const { hosts } = await readHosts(directory);
  for (const [name, config] of Object.entries(given)) {
    const fault = faultOf((config ?? {}) as JsonObject, hosts.length);
    if (fault) throw new UserError(`The channel ${name} cannot be read: ${fault}`);
    if (!channels.includes(name)) {
      notify(`The channel ${name} is not read: the channels are ${channels.join(', ')}.`);
    }
  }
}

function faultOf(
  { TrainingInputMode, RecordWrapperType, S3DistributionType }: JsonObject,
  hosts: number,
): string | undefined {
  if (TrainingInputMode === 'Pipe') return 'its input mode is Pipe. Choose File or FastFile.';
  if (RecordWrapperType === 'RecordIO') return 'its records are wrapped as RecordIO. Choose None.';
  if (S3DistributionType === 'ShardedByS3Key' && hosts > 1) {
    return (
      `it is divided among ${hosts} hosts (ShardedByS3Key), and the first one, which trains, has a part of it only. ` +
      'Choose FullyReplicated, or one instance.'
    );
  }
  return undefined;
}

/**
 * Returns the folder for checkpoints: the one that checkpointconfig.json names, or else checkpoints/ if that exists.
 * Undefined if the job keeps none.
 */
export async function readCheckpointFolder(
  directory: BaseDirectory,
  notify: (sentence: string) => void,
): Promise<string | undefined> {
  const { LocalPath: path } = await readObject(
    directory.checkpointConfig,
    '{"LocalPath": "/opt/ml/checkpoints"}',
  );
  const named = typeof path === 'string' && path !== '' ? path : undefined;
  const folder = named ?? directory.checkpoints;
  if (existsSync(folder)) return folder;
  if (named)
    notify(`No checkpoints are kept: ${directory.checkpointConfig} names ${named}, which is not there.`);
  return undefined;
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
