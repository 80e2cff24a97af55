// Lists the remaining costs of a session.
import { usd } from '../platform/format';
import type { RunningResource, Session } from '../session/contract/session';

/**
 * Returns the remaining costs of a session as Markdown: running resources by the hour, stored data by the gigabyte.
 * @example
 * ```ts
 * workshop.say(await workshop.describeBill(session));
 * ```
 */
export async function describeBill(session: Session): Promise<string> {
  const running = await session.whatIsRunning();
  if (session.kind !== 'aws') {
    const left = running.length === 0 ? 'Nothing is running' : `Still running: ${names(running)}`;
    return `**You pay nothing.** ${left}; the ${session.kind} session runs on this machine, where nothing is billed.`;
  }
  const hourly =
    running.length === 0
      ? '* By the hour: **nothing**.'
      : running.map((one) => `* By the hour: **${one.kind} ${one.name}**, ${price(one)}.`).join('\n');
  return (
    `**You still pay for:**\n\n${hourly}\n` +
    '* By the gigabyte per month, until you delete them: data, artifacts and checkpoints in S3, images in ECR, logs in ' +
    'CloudWatch; for this workshop a few cents in total. `session.cleanUp({ data: true })` deletes them, except logs.\n' +
    '* A notebook instance, from its start until you stop it, and its volume until you delete it.'
  );
}

function price({ dollarsPerHour }: RunningResource): string {
  return dollarsPerHour === 'unknown' ? 'price unknown' : `${usd(dollarsPerHour)} an hour`;
}

function names(running: readonly RunningResource[]): string {
  return running.map(({ kind, name }) => `${kind} ${name}`).join(', ');
}
