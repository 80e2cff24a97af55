// The one door to TensorFlow: tfjs-node with its start-up lines silenced, loaded when first asked for.
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { UserError } from '../../platform/errors';
import { formatBytes } from '../../platform/format';
import { memoryLimit } from '../../platform/memory';

export type { LayersModel, Tensor, Tensor2D } from '@tensorflow/tfjs-node';

process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';

// tfjs-node 4.22 calls this function, which Node 23 removed (tensorflow/tfjs#8742).
const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;

/** Loads libtensorflow on the first call (about half a second). Throws a {@link UserError} where it cannot be loaded. */
export function tensorflow(): typeof TensorFlow {
  try {
    return require('./tfjsNode').tfjs;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_DLOPEN_FAILED') throw error;
    throw new UserError(
      `TensorFlow cannot be loaded (${message}). Allow this process more memory, if that is it (it may use ` +
        `${formatBytes(memoryLimit())} here), or run \`npm run setup\`.`,
      { cause: error },
    );
  }
}

/** Returns the versions of TensorFlow and its binding. */
export function tensorflowVersions(): { tensorflow: string; 'tfjs-node': string } {
  const tf = tensorflow();
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  return { tensorflow: binding.TF_Version, 'tfjs-node': tf.version['tfjs-node'] as string };
}
