// Checks of names and channels that every session makes before anything starts.
import { randomBytes } from 'node:crypto';
import { UserError } from '../../platform/errors';
import type { Channel } from './jobs';

/** Throws a {@link UserError} unless SageMaker accepts the name for a job or an endpoint. */
export function checkName(name: string): void {
  if (isText(name) && /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) return;
  throw new UserError(
    `"${name}" is not a valid SageMaker name: use 1 to 63 letters, digits and, between them, hyphens.`,
  );
}

/** Throws a {@link UserError} unless SageMaker accepts the name for a tuning job, at most half as long as a job's. */
export function checkTuningName(name: string): void {
  if (isText(name) && /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$/.test(name)) return;
  throw new UserError(
    `"${name}" is not a valid name of a tuning job: use 1 to 32 letters, digits and, between them, hyphens.`,
  );
}

/** Start of every name that you do not choose, tuning jobs aside. */
export const namePrefix = 'headlines';

/** Returns a name such as headlines-20140310-165250-3fa9: sorted by time, and unique between kernels. */
export function uniqueName(prefix = namePrefix): string {
  const [date, time] = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .split('T');
  return `${prefix}-${date}-${time}-${randomBytes(2).toString('hex')}`;
}

/** Throws a {@link UserError} unless SageMaker accepts the name for a channel. */
export function checkChannelName(name: string): void {
  if (isText(name) && /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name)) return;
  throw new UserError(
    `"${name}" is not a valid channel name: use 1 to 64 letters, digits, dots, hyphens and underscores.`,
  );
}

/** Returns whether the value is text: a cell may pass `undefined`, which a pattern would take for a name. */
function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** Throws a {@link UserError} without a training channel, or if two channels have the same name. */
export function checkChannels(channels: readonly Channel[]): void {
  if (!channels.some(({ name }) => name === 'training' || name === 'train')) {
    throw new UserError(
      'A training job needs a channel named "training". Upload the data under that name first.',
    );
  }
  const names = new Set<string>();
  for (const { name } of channels) {
    checkChannelName(name);
    if (names.has(name))
      throw new UserError(`There are two channels named "${name}". Upload both as one folder.`);
    names.add(name);
  }
}
