// The registry of architectures. The hyperparameter `architecture` chooses one, and a model artifact names its own.

import { cascade } from './cascade/architecture';
import { ensemble } from './ensemble/architecture';
import { cnn } from './networks/cnn';
import { lstm } from './networks/lstm';
import { mlp } from './networks/mlp';
import { own } from './networks/trainNetwork';
import type { Architecture } from './training/architecture';
import type { ArchitectureName } from './training/settings';
import { minilm } from './transformer/architecture';

export type { ArchitectureName } from './training/settings';

/** Maps each value of the hyperparameter `architecture` to its architecture. */
export const architectures = { ensemble, mlp, lstm, cnn, own, minilm, cascade } satisfies Record<
  ArchitectureName,
  Architecture
>;

/** Returns whether a name read from a file is the name of an architecture. */
export function isArchitecture(name: unknown): name is ArchitectureName {
  return typeof name === 'string' && Object.hasOwn(architectures, name);
}
