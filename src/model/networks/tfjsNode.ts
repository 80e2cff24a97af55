// tfjs-node, which tensorflow.ts loads when it is asked for. In the image it is a file of its own, so that what needs no
// TensorFlow does not read it either (bundle.ts).
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { finishSetUp } from '../../platform/finishSetUp';

finishSetUp();

export const tfjs: typeof TensorFlow = require('@tensorflow/tfjs-node');
