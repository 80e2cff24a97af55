// Step 4: the architectures there are. The hyperparameter `architecture` chooses one; artifacts name theirs.
import type { Architecture } from './architecture';
import { cnn } from './cnn';
import { ensemble } from './ensemble';
import { lstm } from './lstm';
import { mlp } from './mlp';

/** What the hyperparameter `architecture` can be. */
export const architectures = { ensemble, mlp, lstm, cnn } satisfies Record<string, Architecture>;

/** The architectures there are. */
export type ArchitectureName = keyof typeof architectures;

/** For names that come from a file. */
export function isArchitecture(name: unknown): name is ArchitectureName {
  return typeof name === 'string' && Object.hasOwn(architectures, name);
}
