// What Application Auto Scaling calls an endpoint's machines, and their end: a target that is left would leave its alarms.
import { DeregisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import { UserError } from '../../../platform/errors';
import { isGone } from '../account/answers';
import type { AwsContext } from '../account/context';

/** Of the endpoint's only variant. */
export const variantName = 'AllTraffic';

/** The target that stands for the endpoint's machines. */
export function targetOf(endpoint: string) {
  return {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpoint}/variant/${variantName}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  } as const;
}

/** Ends scaling, with its policy and its alarms; where there is none, or it may not be known, nothing happens. */
export async function endScaling(context: AwsContext, name: string): Promise<void> {
  const isRecorded = context
    .recorded()
    .some((entry) => entry.kind === 'scalable target' && entry.name === name);
  try {
    await context.clients.scaling.send(new DeregisterScalableTargetCommand(targetOf(name)));
  } catch (error) {
    // Who may not end scaling has not begun it.
    if (!isGone(error) && (isRecorded || !(error instanceof UserError))) throw error;
  }
  context.recordEnd('scalable target', name);
}
