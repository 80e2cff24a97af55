// Names an endpoint's instances as Application Auto Scaling does, and ends scaling, which also deletes its alarms.
import { DeregisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import { UserError } from '../../../platform/errors';
import type { AwsContext } from '../account/context';
import type { LedgerEntry } from '../account/ledger';
import { isGone } from '../account/serviceErrors';

/** Name of the endpoint's only variant. */
export const variantName = 'AllTraffic';

/** Returns the scalable target for an endpoint's instances. */
export function targetOf(endpoint: string) {
  return {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpoint}/variant/${variantName}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  } as const;
}

/** Returns the number of instances to set aside for an endpoint that has this many now: the most to which it scales. */
export function instancesOf(context: AwsContext, endpoint: string, now = 1) {
  const isIts = ({ kind, name }: LedgerEntry) => kind === 'scalable target' && name === endpoint;
  const most = context.recorded().find(isIts)?.most ?? 0;
  const count = Math.max(now, most);
  return count > 1 ? { count, ...(most > 0 && { varies: true }) } : {};
}

/** Ends scaling and deletes its policy and alarms. Does nothing if the endpoint does not scale. */
export async function endScaling(context: AwsContext, name: string): Promise<void> {
  const isRecorded = context
    .recorded()
    .some((entry) => entry.kind === 'scalable target' && entry.name === name);
  try {
    await context.clients.scaling.send(new DeregisterScalableTargetCommand(targetOf(name)));
  } catch (error) {
    // A user without permission to end scaling cannot have started it.
    if (!isGone(error) && (isRecorded || !(error instanceof UserError))) throw error;
  }
  context.recordEnd('scalable target', name);
}
