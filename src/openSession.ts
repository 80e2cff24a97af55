// Which adapter a session has. The notebook's first cell calls this; nothing after it asks again.
import { openDockerSession } from './dockerSession';
import { UserError } from './errors';
import { openProcessSession } from './processSession';
import type { Session, SessionKind } from './session';

const adapters: Record<SessionKind, () => Session> = {
  process: openProcessSession,
  docker: openDockerSession,
};

/** What `SESSION` and the option `kind` can be. */
export const sessionKinds = Object.keys(adapters) as SessionKind[];

/**
 * The session that the notebook works with. `SESSION` or the option chooses; nothing else ever does.
 * @param options.kind one of `sessionKinds`; default: the environment variable `SESSION`, else `process`
 * @throws `UserError` for any other kind
 * @example
 * ```ts
 * const session = workshop.openSession({ kind: 'process' });
 * console.log(session.kind); // process
 * ```
 */
export function openSession(options: { kind?: string } = {}): Session {
  const kind = options.kind || process.env.SESSION || 'process';
  if (Object.hasOwn(adapters, kind)) return adapters[kind as SessionKind]();
  throw new UserError(`There is no session "${kind}". Choose one of: ${sessionKinds.join(', ')}.`);
}
