// The one door to TensorFlow: tfjs-node with its start-up lines silenced, loaded when first asked for.
import type * as TensorFlow from '@tensorflow/tfjs-node';
import '../../platform/quietTensorflow';
import { UserError } from '../../platform/errors';
import { formatBytes } from '../../platform/format';
import { memoryLimit } from '../../platform/memory';

export type { Tensor } from '@tensorflow/tfjs-node';

/** Loads libtensorflow on the first call (about half a second). Throws a {@link UserError} if it cannot be loaded. */
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

/** Frees every tensor that the work makes; its result may hold none. */
export function scope<Result>(work: () => Result): Result {
  let result: Result | undefined;
  tensorflow().tidy(() => {
    result = work();
  });
  return result as Result;
}

/** Returns the versions of TensorFlow and its binding. */
export function tensorflowVersions(): { tensorflow: string; 'tfjs-node': string } {
  const tf = tensorflow();
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  return { tensorflow: binding.TF_Version, 'tfjs-node': tf.version['tfjs-node'] as string };
}
