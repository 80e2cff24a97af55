// Waits for a job in a cell, and handles an interruption of the kernel meanwhile.
import { whileInterruptible } from '../display/interruptible';
import { UserError } from '../platform/errors';
import { attachVerbs, type Job, type JobKind } from '../session/contract/jobs';

/**
 * Waits until a job ends or the kernel is interrupted. Depending on the job's `onInterrupt`, an interruption stops the
 * job or leaves it running; leaving it running rejects with a {@link UserError} that explains how to re-attach.
 */
export async function waitInCell<Listener extends { signal?: AbortSignal }, Description>(
  job: Pick<Job<Description, Listener>, 'name' | 'onInterrupt' | 'stop' | 'wait'>,
  listener: Omit<Listener, 'signal'> = {} as Listener,
  kind: JobKind = 'training job',
): Promise<Description> {
  const detaching = new AbortController();
  const interrupt = () => {
    if (job.onInterrupt === 'stop') job.stop().catch((error) => detaching.abort(error));
    else detaching.abort(new UserError(describeDetached(job.name, kind)));
  };
  const detachable = { ...listener, signal: detaching.signal } as Listener;
  return await whileInterruptible(interrupt, () => job.wait(detachable));
}

function describeDetached(name: string, kind: JobKind): string {
  return (
    `Interrupted: this cell stopped waiting. The ${kind} ${name} keeps running and is billed until it ends. ` +
    `To re-attach: await session.${attachVerbs[kind]}('${name}'). To end it, call stop() on what that returns.`
  );
}
