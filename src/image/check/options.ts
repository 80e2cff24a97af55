// The options of an image test: data, hyperparameters and requests that differ from those of this project's image.
import { formatHeadlines } from '../../data/headlines';
import { generateHeadlines } from '../../data/synthetic';
import type { Platform } from '../engine/platform';

/** Channel → file name → content. */
export type TestChannels = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A request to /invocations. */
export interface TestRequest {
  /** Such as `application/json`. */
  contentType: string;
  body: string;
}

/** Settings for the tested image. The defaults suit this project's image. */
export interface ImageTestOptions {
  /** The platform that the image must be for: linux/arm64 for endpoints on Graviton instances. @default linux/amd64 */
  platform?: Platform;
  /** Little enough data to train in seconds. @default a channel `training` with 60 invented headlines */
  channels?: TestChannels;
  /** Data that training must reject. @default a channel `training` whose file contains no headlines */
  badChannels?: TestChannels;
  /**
   * CommonJS module of a network of the user's own, for the channel `code`; an empty text leaves out its check.
   * @default a network with one hidden layer; empty if `channels` is given
   */
  networkCode?: string;
  /** @default {epochs: '2'} */
  hyperparameters?: Readonly<Record<string, string>>;
  /** Hyperparameters that training must reject. @default {epochs: 'many'} */
  badHyperparameters?: Readonly<Record<string, string>>;
  /** Hyperparameters for a long training, which is then stopped. @default {architecture: 'mlp', epochs: '1000', batch_size: '1'} */
  longHyperparameters?: Readonly<Record<string, string>>;
  /** A request that must get status 200. @default {"input": …} as JSON */
  request?: TestRequest;
  /** A request that must get a status from 400 to 499. @default an input that is not text, as JSON */
  badRequest?: TestRequest;
  /** Time limits in seconds. */
  seconds?: Partial<TestSeconds>;
  /** Called with the rows so far and the name of the current check. @default shows them under the cell */
  onProgress?: (rows: readonly CheckResult[], check?: string) => void;
}

/** Time limits of a test, in seconds. */
export interface TestSeconds {
  /** For training on the channels. @default 120 */
  training: number;
  /** From the start of `serve` to the first 200 on /ping. SageMaker waits 8 minutes. @default 60 */
  startUp: number;
  /** From SIGTERM to the end of `train`. @default 120, after which SageMaker kills it */
  trainingStop: number;
  /** From SIGTERM to the end of `serve`. @default 30, after which SageMaker kills it */
  servingStop: number;
}

/** One row of a report. */
export interface CheckResult {
  check: string;
  result: 'ok' | 'failed' | 'skipped';
  /** The observation; for a failure, with the remedy. */
  detail: string;
  seconds: number;
}

export type TestSettings = Required<Omit<ImageTestOptions, 'onProgress' | 'seconds'>> & {
  seconds: TestSeconds;
};

const json = 'application/json';

const tinyNetwork = `module.exports.default = ({ tf, embedding, labels }) =>
  tf.sequential({ layers: [
    embedding(),
    tf.layers.globalAveragePooling1d({}),
    tf.layers.dense({ units: 4, activation: 'relu' }),
    tf.layers.dense({ units: labels.length, activation: 'softmax' }),
  ] });
`;

export function fillIn({ seconds, onProgress: _, ...options }: ImageTestOptions): TestSettings {
  return {
    platform: 'linux/amd64',
    channels: { training: { 'headlines.tsv': formatHeadlines(generateHeadlines({ rows: 60 })) } },
    badChannels: { training: { 'headlines.tsv': 'This is not a table of headlines.\n' } },
    networkCode: options.channels ? '' : tinyNetwork,
    hyperparameters: { epochs: '2' },
    badHyperparameters: { epochs: 'many' },
    longHyperparameters: { architecture: 'mlp', epochs: '1000', batch_size: '1' },
    request: { contentType: json, body: '{"input": ["Shares rise as rates fall", "New film opens"]}' },
    badRequest: { contentType: json, body: '{"input": 5}' },
    ...options,
    seconds: { training: 120, startUp: 60, trainingStop: 120, servingStop: 30, ...seconds },
  };
}
