// Chooses the adapter of a session. The notebook's first cell calls this, once.

import { liveText, say } from '../display/display';
import { UserError } from '../platform/errors';
import type { AwsSessionOptions } from './aws/account/options';
import type { Session, SessionKind } from './contract/session';
import { openDockerSession } from './docker/session';
import { openProcessSession } from './process/session';

const adapters: Record<SessionKind, (options: AwsSessionOptions) => Session> = {
  process: () => openProcessSession(),
  docker: () => openDockerSession(),
  // Loaded on demand: AWS's clients take a second.
  aws: (options) => {
    const { openAwsSession } = require('./aws/session') as typeof import('./aws/session');
    const { withPreflight } = require('./aws/ready') as typeof import('./aws/ready');
    return withPreflight(openAwsSession(options, { tell: say, live: liveText }));
  },
};

/** Valid values of `SESSION` and of the option `kind`. */
export const sessionKinds = Object.keys(adapters) as SessionKind[];

/** Options of `openSession()`. */
export interface SessionOptions extends AwsSessionOptions {
  /** One of `sessionKinds`. @default the environment variable SESSION, else process */
  kind?: string;
}

/**
 * Opens the session that the notebook works with, of the kind in the option `kind` or the variable `SESSION`.
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
  throw new UserError(`"${kind}" is not a kind of session. Choose one of: ${sessionKinds.join(', ')}.`);
}
