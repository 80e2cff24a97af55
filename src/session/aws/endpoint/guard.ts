// Deployment guard rails: how SageMaker moves the requests of an endpoint to new instances, and when it moves them back.
import type { DeploymentConfig, ProductionVariant } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import type { UpdateGuard } from '../../contract/endpoint';
import { describeTime } from './switchOff';

type Guard = Required<UpdateGuard>;

/** Seconds for starting the new instances, beside those in which they are watched. */
const startSeconds = 3600;

/** Throws a {@link UserError} if the endpoint cannot be updated under a guard. */
export function checkGuardable(
  name: string,
  { ServerlessConfig }: ProductionVariant,
  { traffic, count }: { traffic: Guard['traffic']; count: number },
): void {
  if (ServerlessConfig) {
    throw new UserError(
      `Endpoint ${name} is serverless, and SageMaker guards only updates of endpoints on instances. Leave the guard out.`,
    );
  }
  if (traffic === 'canary' && count < 2) {
    throw new UserError(
      `Endpoint ${name} has one instance, and a canary needs at least two. Scale it first, await endpoint.scale({ from: 2, to: 2 }), ` +
        "or update it all at once: traffic: 'all at once'.",
    );
  }
}

/** Minutes for starting the new instances and changing over, beside those in which they are watched. */
const changeMinutes = 15;

/**
 * Throws a {@link UserError} if an endpoint ends before its update does, guarded or not. SageMaker does not delete an endpoint that it
 * changes, so the schedule would have no effect.
 */
export function checkEndsLater(name: string, ends: Date | undefined, guard: Guard | undefined): void {
  const watched = guard ? (guard.traffic === 'canary' ? 2 : 1) * guard.watchMinutes : 0;
  const minutes = Math.ceil(watched) + changeMinutes;
  if (!ends || ends.getTime() >= Date.now() + 60_000 * minutes) return;
  throw new UserError(
    `Endpoint ${name} ends at ${describeTime(ends)}, and this update takes up to ${minutes} minutes. Extend the endpoint first: ` +
      `await endpoint.extend(${Math.ceil(minutes / 60) + 1}).`,
  );
}

/** Returns the guard in SageMaker's terms. @param alarms their names */
export function deploymentOf(
  { traffic, canaryPercent, watchMinutes }: Guard,
  alarms: readonly string[],
): DeploymentConfig {
  const seconds = Math.round(60 * watchMinutes);
  const isCanary = traffic === 'canary';
  return {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        Type: isCanary ? 'CANARY' : 'ALL_AT_ONCE',
        WaitIntervalInSeconds: isCanary ? seconds : 0,
        ...(isCanary && { CanarySize: { Type: 'CAPACITY_PERCENT', Value: canaryPercent } }),
      },
      TerminationWaitInSeconds: seconds,
      MaximumExecutionTimeoutInSeconds: 2 * seconds + startSeconds,
    },
    AutoRollbackConfiguration: { Alarms: alarms.map((AlarmName) => ({ AlarmName })) },
  };
}

/** Returns a sentence about what SageMaker does. */
export function describeGuard({ traffic, canaryPercent, watchMinutes, ...limits }: Guard): string {
  const first =
    traffic === 'canary'
      ? `Requests first go to ${canaryPercent}% of the new instances, for ${watchMinutes} minutes. `
      : '';
  return (
    `${first}Once all requests go to the new instances, the old ones stay, and are billed, for ${watchMinutes} minutes. If more ` +
    `than ${limits.errorPercent}% of the requests of a minute fail, or the slowest of a hundred takes more than ` +
    `${limits.latencyMilliseconds} ms, SageMaker goes back to the old artifact.`
  );
}
