// An endpoint that grows with its traffic: Application Auto Scaling is told the bounds and what one machine is to take.
import {
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { UserError } from '../../../platform/errors';
import { isBurstable } from '../../contract/instanceTypes';
import { checkScale } from '../../contract/scale';
import type { Scale } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { findConfiguration, findEndpoint, purposeOf } from './parts';
import { targetOf } from './scalableTarget';

/** Throws a {@link UserError} where there is nothing to scale, or the budget does not allow the most that it may cost. */
export async function scaleEndpoint(context: AwsContext, name: string, scale: Scale): Promise<string> {
  const { from, to, requestsPerSecond, inCooldownSeconds, outCooldownSeconds } = checkScale(scale);
  const type = await machineOf(context, name);
  const { purse, clients, options } = context;
  await purse.reserve({
    what: purposeOf(name),
    instanceType: type,
    component: 'Hosting',
    minutes: 60 * (options.endpointHours ?? 1),
    count: to,
    varies: true,
  });
  context.recordCreation('scalable target', name);
  await clients.scaling.send(
    new RegisterScalableTargetCommand({
      ...targetOf(name),
      MinCapacity: from,
      MaxCapacity: to,
    }),
  );
  await clients.scaling.send(
    new PutScalingPolicyCommand({
      ...targetOf(name),
      PolicyName: 'requests-per-machine',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
        // The metric counts minutes.
        TargetValue: 60 * requestsPerSecond,
        ScaleInCooldown: inCooldownSeconds,
        ScaleOutCooldown: outCooldownSeconds,
      },
    }),
  );
  return (
    `Endpoint ${name} goes between ${from} and ${to} × ${type}: another one where one gets more than ` +
    `${requestsPerSecond} requests a second, ${outCooldownSeconds} s after the last; one less where they get far fewer, ` +
    `${inCooldownSeconds} s after the last.`
  );
}

/** Throws a {@link UserError} where the endpoint has no machine that can scale, or is not in service. */
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
      `Endpoint ${name} runs on ${type}, a burstable machine, and SageMaker does not scale those. Deploy it on ` +
        'another, such as ml.m5.large, to scale it.',
    );
  }
  if (type) return type;
  throw new UserError(
    `Endpoint ${name} is serverless: it grows by itself, up to its concurrency. Deploy it on a machine to scale it.`,
  );
}
