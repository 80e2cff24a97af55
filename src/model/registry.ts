// Step 4: the architectures there are. The hyperparameter `architecture` chooses one; artifacts name theirs.

import { ensemble } from './ensemble/architecture';
import { cnn } from './networks/cnn';
import { lstm } from './networks/lstm';
import { mlp } from './networks/mlp';
import type { Architecture } from './training/architecture';

/** What the hyperparameter `architecture` can be. */
export const architectures = { ensemble, mlp, lstm, cnn } satisfies Record<string, Architecture>;

/** The architectures there are. */
export type ArchitectureName = keyof typeof architectures;

/** For names that come from a file. */
export function isArchitecture(name: unknown): name is ArchitectureName {
  return typeof name === 'string' && Object.hasOwn(architectures, name);
}
