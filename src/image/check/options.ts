// What a test of an image is told: its data, hyperparameters and requests, where it differs from this project's image.
import { formatHeadlines } from '../../data/headlines';
import { generateHeadlines } from '../../data/synthetic';

/** For each channel its files: name → content. */
export type TestChannels = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A request to /invocations. */
export interface TestRequest {
  /** As in `application/json`. */
  contentType: string;
  body: string;
}

/** What is special to an image: what this project's is given is the default. */
export interface ImageTestOptions {
  /** So little that training takes seconds. @default a channel `training` with 60 invented headlines */
  channels?: TestChannels;
  /** What training must refuse. @default a channel `training` whose file holds no headlines */
  badChannels?: TestChannels;
  /** @default {epochs: '2'} */
  hyperparameters?: Readonly<Record<string, string>>;
  /** What training must refuse. @default {epochs: 'many'} */
  badHyperparameters?: Readonly<Record<string, string>>;
  /** With them training goes on for longer, so that it can be stopped. @default {architecture: 'mlp', epochs: '1000', batch_size: '1'} */
  longHyperparameters?: Readonly<Record<string, string>>;
  /** What the endpoint must answer with 200. @default {"input": …} as JSON */
  request?: TestRequest;
  /** What the endpoint must refuse with a status from 400 to 499. @default an input that is no text, as JSON */
  badRequest?: TestRequest;
  /** How long to wait. */
  seconds?: Partial<TestSeconds>;
  /** Told what has been found, and what is looked at now. @default shown under the cell */
  onProgress?: (rows: readonly CheckResult[], check?: string) => void;
}

/** How long a test waits, in seconds. */
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
  /** What was seen; where it failed, with the remedy. */
  detail: string;
  seconds: number;
}

export type TestSettings = Required<Omit<ImageTestOptions, 'onProgress' | 'seconds'>> & {
  seconds: TestSeconds;
};

const json = 'application/json';

export function fillIn({ seconds, onProgress: _, ...options }: ImageTestOptions): TestSettings {
  return {
    channels: { training: { 'headlines.tsv': formatHeadlines(generateHeadlines({ rows: 60 })) } },
    badChannels: { training: { 'headlines.tsv': 'This is no table of headlines.\n' } },
    hyperparameters: { epochs: '2' },
    badHyperparameters: { epochs: 'many' },
    longHyperparameters: { architecture: 'mlp', epochs: '1000', batch_size: '1' },
    request: { contentType: json, body: '{"input": ["Shares rise as rates fall", "New film opens"]}' },
    badRequest: { contentType: json, body: '{"input": 5}' },
    ...options,
    seconds: { training: 120, startUp: 60, trainingStop: 120, servingStop: 30, ...seconds },
  };
}
