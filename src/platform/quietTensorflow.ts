// Import it before tfjs-node, which then starts on every version of Node, without TensorFlow's lines of start-up.
import util from 'node:util';

process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';

// tfjs-node 4.22 calls this function, which Node 23 removed (tensorflow/tfjs#8742).
const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
