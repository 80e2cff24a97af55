// Which adapter a session has. The notebook's first cell calls this; nothing after it asks again.

import { UserError } from '../platform/errors';
import type { AwsSessionOptions } from './aws/account/options';
import type { Session, SessionKind } from './contract/session';
import { openDockerSession } from './docker/session';
import { openProcessSession } from './local/processSession';

const adapters: Record<SessionKind, (options: AwsSessionOptions) => Session> = {
  process: () => openProcessSession(),
  docker: () => openDockerSession(),
  // Loaded when it is chosen: AWS's clients take a second.
  aws: (options) => (require('./aws/session') as typeof import('./aws/session')).openAwsSession(options),
};

/** What `SESSION` and the option `kind` can be. */
export const sessionKinds = Object.keys(adapters) as SessionKind[];

/** What `openSession()` takes. */
export interface SessionOptions extends AwsSessionOptions {
  /** One of `sessionKinds`. @default the environment variable SESSION, else process */
  kind?: string;
}

/**
 * The session that the notebook works with. `SESSION` or the option chooses; nothing else ever does.
 * @throws `UserError` for any other kind
 * @example
 * ```ts
 * const session = workshop.openSession({ kind: 'process' });
 * console.log(session.kind); // process
 * ```
 */
export function openSession({ kind: chosen, ...options }: SessionOptions = {}): Session {
  const kind = chosen || process.env.SESSION || 'process';
  if (Object.hasOwn(adapters, kind)) return adapters[kind as SessionKind](options);
  throw new UserError(`There is no session "${kind}". Choose one of: ${sessionKinds.join(', ')}.`);
}
