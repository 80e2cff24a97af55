// Reads an organisation's or a user's own defaults for the session on AWS from a file, so that nobody repeats them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../platform/errors';
import { projectFolder } from '../../../platform/paths';
import { projectBucket, readMetadata } from './metadata';
import type { AwsSessionOptions } from './options';

/** Every option that the file may set, with the type of its value in JSON. */
const types: Readonly<Record<keyof AwsSessionOptions, 'string' | 'number' | 'boolean' | 'object'>> = {
  budget: 'number',
  unknownPrice: 'string',
  region: 'string',
  role: 'string',
  bucket: 'string',
  bucketPrefix: 'string',
  trainingInstance: 'string',
  endpointInstance: 'string',
  transformInstance: 'string',
  image: 'string',
  onInterrupt: 'string',
  maxRuntimeMinutes: 'number',
  spot: 'boolean',
  maxWaitMinutes: 'number',
  endpointHours: 'number',
  switchOff: 'string',
  switchOffRole: 'string',
  serverless: 'object',
  dataCapturePercent: 'number',
  kmsKey: 'string',
  outputKmsKey: 'string',
  vpc: 'object',
  networkIsolation: 'boolean',
  interContainerEncryption: 'boolean',
  tags: 'object',
  ledger: 'string',
  pollSeconds: 'number',
};

/**
 * Returns the options, and those that they leave out from the file in WORKSHOP_DEFAULTS, else aws-defaults.json in the
 * project's folder, if there is one. In a project of SageMaker Unified Studio, the bucket is the project's unless one is
 * set. Throws a {@link UserError} for a file that cannot be used.
 */
export function withDefaults(options: AwsSessionOptions, metadata?: string): AwsSessionOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const chosen = { ...readDefaults(), ...Object.fromEntries(given) };
  return chosen.bucket ? chosen : { ...projectBucket(readMetadata(metadata)), ...chosen };
}

function readDefaults(): AwsSessionOptions {
  const named = process.env.WORKSHOP_DEFAULTS;
  const path = named ?? join(projectFolder, 'aws-defaults.json');
  if (path === '' || (named === undefined && !existsSync(path))) return {};
  const defaults = readJson(path);
  for (const [name, value] of Object.entries(defaults)) {
    const type = Object.hasOwn(types, name) && types[name as keyof AwsSessionOptions];
    if (!type) {
      throw new UserError(`${path}: there is no option "${name}". Known: ${Object.keys(types).join(', ')}.`);
    }
    if (typeof value !== type || value === null) {
      throw new UserError(
        `${path}: the option ${name} must be a JSON ${type}, not ${JSON.stringify(value)}.`,
      );
    }
  }
  return defaults;
}

function readJson(path: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new UserError(`The defaults in ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw new UserError(`The defaults in ${path} must be a JSON object, such as { "region": "eu-west-1" }.`);
}
