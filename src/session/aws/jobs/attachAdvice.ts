// The advice for a lost connection: a job on SageMaker does not depend on who waits for it.
import { UserError } from '../../../platform/errors';
import { attachVerbs, type JobKind } from '../../contract/jobs';

/** Waits for a job. A {@link UserError} meanwhile, such as expired credentials, also says how to attach to the job again. */
export async function withAttachAdvice<Value>(
  kind: JobKind,
  name: string,
  wait: () => Promise<Value>,
): Promise<Value> {
  try {
    return await wait();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.includes(name)) throw error;
    throw new UserError(
      `${error.message} The ${kind} ${name} keeps running. To re-attach: session.${attachVerbs[kind]}('${name}').`,
      { cause: error },
    );
  }
}
