// Endpoints, as every session deploys, updates and scales them.
import type { Prediction } from '../../model/training/classifier';

/** Settings of an endpoint. */
export interface DeploymentOptions {
  /** Unique among the running endpoints, at most 63 letters, digits and hyphens. @default made from the time */
  name?: string;
  /** As in `TrainingRequest`. */
  instanceType?: string;
  /**
   * On AWS, `true` or an object runs the endpoint without a machine of its own, billed by the milliseconds of requests;
   * `false` rents a machine. No effect on this machine. @default the session's `serverless`; `true` is 2,048 MB and five
   * requests at a time
   */
  serverless?: boolean | { memoryMegabytes: number; concurrency: number };
  /**
   * Hours after which AWS deletes the endpoint, whatever happens to this machine; from 0.25. A serverless endpoint, which
   * costs nothing while idle, only ends if you give hours. No effect on this machine. @default the session's `endpointHours`
   */
  hours?: number;
  /** `none` deploys an endpoint that runs until you delete it. No effect on this machine. @default the session's `switchOff` */
  switchOff?: 'schedule' | 'none';
  /**
   * On AWS, two alarms of CloudWatch on errors and latency, deleted with the endpoint; `{}` takes the default limits. They cost
   * cents a month. No effect on this machine. @default none
   */
  alarms?: EndpointAlarms;
  /**
   * Days after which AWS deletes a line of the endpoint's log, such as 7, 30 or 365. No effect on this machine, where the log goes
   * with the endpoint. @default lines stay
   */
  logDays?: number;
  /** On AWS, starts another endpoint even if an identical one without a name of yours runs, which you would otherwise get. @default false */
  again?: boolean;
}

/** A prediction and its latency. */
export interface TimedPrediction extends Prediction {
  /** Milliseconds from request to response; in a list, of the request that held the headline. */
  latency: number;
  /** Id of the model: `session.lineage()` leads from it to job, data and code. Absent if the container does not report it. */
  model?: string;
}

/** Bounds within which an endpoint grows and shrinks with its traffic. */
export interface Scale {
  /** Fewest machines. @default 1 */
  from?: number;
  /** Most machines. The endpoint costs at most this many times the price of one. */
  to: number;
  /**
   * Load of one machine: above it another is started, far below it one is ended. `loadTest()` finds what one machine
   * holds; leave room, since a machine takes minutes to start. @default 10
   */
  requestsPerSecond?: number;
  /** Seconds from the start of one machine to the next. @default 60 */
  outCooldownSeconds?: number;
  /** Seconds from the end of one machine to the next. @default 300 */
  inCooldownSeconds?: number;
}

/** Limits of an endpoint's alarms, each over a minute. */
export interface AlarmLimits {
  /** Percentage of requests that fail in the container (5xx). @default 5 */
  errorPercent?: number;
  /** Milliseconds that the container takes for the slowest of a hundred requests. @default 1000 */
  latencyMilliseconds?: number;
}

/** Alarms of an endpoint. */
export interface EndpointAlarms extends AlarmLimits {
  /** ARN of a topic of Amazon SNS that hears of an alarm. @default the console alone shows it */
  notify?: string;
}

/** A guard of an update: how requests move to the new artifact, and what takes them back to the old one. */
export interface UpdateGuard extends AlarmLimits {
  /** `canary` first sends requests to a part of the new machines, and needs at least two. @default all at once */
  traffic?: 'all at once' | 'canary';
  /** Percentage of the machines in that part, at most 50. @default 10 */
  canaryPercent?: number;
  /**
   * Minutes, at most 60, for which the alarms are watched while the old machines stay and are billed as well: once all
   * requests have moved and, with a canary, also before. @default 5
   */
  watchMinutes?: number;
}

/** Predicts headlines. */
export interface Predictor {
  /** Predicts one headline. */
  predict(headline: string): Promise<TimedPrediction>;
  /** Predicts a list, in order, one prediction each. */
  predict(headlines: readonly string[]): Promise<TimedPrediction[]>;
}

/** A deployed model. It answers until it is deleted. */
export interface Endpoint extends Predictor {
  readonly name: string;
  /** Address of the endpoint. */
  readonly url: string;
  /**
   * Replaces the model artifact, under the same name and on the same machine. If the new artifact is unusable, rejects and
   * keeps the old one. On AWS the endpoint answers throughout; on this machine there is a gap of a second or two.
   * @param guard on AWS, goes back to the old artifact, and rejects, if the new one fails or is slow under real requests; for
   * endpoints on machines. `{}` takes the defaults. On this machine it is only checked. Default: none
   */
  update(modelArtifact: string, guard?: UpdateGuard): Promise<void>;
  /**
   * Lets the endpoint grow and shrink with its traffic, and returns a sentence on what was set up. On AWS the most that it
   * may cost is reserved first. On this machine, as many processes answer as there are processors, within the bounds, and
   * their number stays; the first call leaves a gap of a second or two. Call it again to change the bounds; no request is
   * lost when the endpoint shrinks.
   */
  scale(scale: Scale): Promise<string>;
  /**
   * Moves the end of the endpoint to some hours from now, and returns a sentence about it. On AWS their cost is reserved
   * first. An endpoint on this machine costs nothing and has no end.
   */
  extend(hours: number): Promise<string>;
  /** Stops the endpoint and frees its resources. Does nothing if it is gone. */
  delete(): Promise<void>;
}

/** Prices of hosting, with and without a machine, in US dollars. */
export interface HostingPrices {
  instanceType: string;
  dollarsPerHour: number | 'unknown';
  /** Memory of a serverless endpoint. */
  memoryMegabytes: number;
  /** Price of a serverless endpoint while it answers one request. */
  dollarsPerSecond: number | 'unknown';
}
