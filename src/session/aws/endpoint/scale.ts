// Scales an endpoint with its traffic through Application Auto Scaling: sets the bounds and the load of one instance.
import {
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { UserError } from '../../../platform/errors';
import { isBurstable } from '../../contract/instanceTypes';
import { checkScale } from '../../contract/scale';
import type { Scale } from '../../contract/session';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { patience, rideOut } from '../account/poll';
import { findConfiguration, findEndpoint } from './parts';
import { targetOf } from './scalableTarget';
import { minutesAhead } from './switchOff';

/**
 * Makes an endpoint scale, and returns a sentence about when it does. Throws a {@link UserError} if it cannot scale or the
 * budget does not allow the largest number of instances.
 */
export async function scaleEndpoint(context: AwsContext, name: string, scale: Scale): Promise<string> {
  const { from, to, requestsPerSecond, inCooldownSeconds, outCooldownSeconds } = checkScale(scale);
  const type = await machineOf(context, name);
  const { budget, clients } = context;
  await budget.reserve({
    purpose: purposeOf('endpoint', name),
    instanceType: type,
    component: 'Hosting',
    minutes: minutesAhead(context, name),
    count: to,
    varies: true,
  });
  context.recordCreation('scalable target', name, { most: to });
  const target = new RegisterScalableTargetCommand({
    ...targetOf(name),
    MinCapacity: from,
    MaxCapacity: to,
  });
  const policy = new PutScalingPolicyCommand({
    ...targetOf(name),
    PolicyName: 'requests-per-machine',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      // The metric counts requests a minute.
      TargetValue: 60 * requestsPerSecond,
      ScaleInCooldown: inCooldownSeconds,
      ScaleOutCooldown: outCooldownSeconds,
    },
  });
  // Both may be sent again.
  await rideOut(context, () => clients.scaling.send(target), { seconds: patience.start });
  await rideOut(context, () => clients.scaling.send(policy), { seconds: patience.start });
  return (
    `Endpoint ${name} scales between ${from} and ${to} × ${type}: it adds an instance when each gets more than ` +
    `${requestsPerSecond} requests a second, at most every ${outCooldownSeconds} s, and removes one when they get far ` +
    `fewer, at most every ${inCooldownSeconds} s.`
  );
}

/** Returns the instance type. Throws a {@link UserError} if it cannot scale or the endpoint is not in service. */
async function machineOf(context: AwsContext, name: string): Promise<string> {
  const endpoint = await findEndpoint(context, name);
  if (endpoint?.EndpointStatus !== 'InService') {
    throw new UserError(
      `Endpoint ${name} is ${endpoint?.EndpointStatus ?? 'gone'} and cannot be scaled. Wait, or deploy it again.`,
    );
  }
  const configuration = await findConfiguration(context, endpoint.EndpointConfigName ?? '');
  const type = configuration?.ProductionVariants?.[0]?.InstanceType;
  if (type && isBurstable(type)) {
    throw new UserError(
      `Endpoint ${name} runs on ${type}, a burstable instance type, which SageMaker does not scale. To scale it, deploy it ` +
        'on another one, such as ml.m5.large.',
    );
  }
  if (type) return type;
  throw new UserError(
    `Endpoint ${name} is serverless and scales automatically, up to its concurrency. To set bounds, deploy it on an instance.`,
  );
}
