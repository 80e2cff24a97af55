// Runs the preflight before anything is built or uploaded, and stops what would fail.
import { UserError } from '../../platform/errors';
import type { Check, Session } from '../contract/session';
import { once } from './account/once';
import { isForOneMachine } from './preflightQuotas';

/** Set to `skip` to start without a preflight. A run that has had one sets it to `done` for its kernel. */
const variable = 'PREFLIGHT';

/**
 * Throws a {@link UserError} with all that would fail. Sends nothing if the variable PREFLIGHT is set.
 * @param isNeeded whether a check matters
 */
export async function expectReady(
  session: Pick<Session, 'preflight'>,
  isNeeded: (check: Check) => boolean = isForOneMachine,
): Promise<void> {
  if (process.env[variable]) return;
  const failing = (await session.preflight()).filter((one) => one.result === 'fails' && isNeeded(one));
  if (failing.length === 0) return;
  throw new UserError(
    `On AWS this would fail, so nothing was built, uploaded or started:\n${describeChecks(failing)}\n` +
      `Then check again: npm run preflight. To start all the same, set ${variable}=skip.`,
  );
}

/** Returns a line for each check. */
export function describeChecks(checks: readonly Check[]): string {
  return checks
    .map(({ check, result, finding, remedy }) => {
      const sentences = [finding, remedy].filter(Boolean).join('. ');
      return `- ${check} ${result === 'ok' ? 'ok' : result}: ${sentences}`;
    })
    .join('\n');
}

/** Returns the session with a preflight before its first upload or image. */
export function withPreflight(session: Session): Session {
  const ready = once(() => expectReady(session));
  return {
    ...session,
    async upload(...given) {
      await ready();
      return await session.upload(...given);
    },
    async publishImage() {
      await ready();
      return await session.publishImage();
    },
  };
}
