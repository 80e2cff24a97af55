// Moves the end of an endpoint.
import { AddTagsCommand } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { expiryKey } from '../account/tags';
import { describeModel, findConfiguration, findEndpoint } from './parts';
import { instancesOf } from './scalableTarget';
import { hostingCostOf } from './serverless';
import { armSwitchOff, checkHours, describeEnd, describeEnded, findPlannedEnd } from './switchOff';

/**
 * Moves the end of an endpoint to some hours from now, and returns a sentence about it. Throws a {@link UserError} if the
 * endpoint is gone, the budget does not allow it, or its end cannot be scheduled.
 */
export async function extendEndpoint(context: AwsContext, name: string, hours: number): Promise<string> {
  checkHours(hours);
  const endpoint = await findEndpoint(context, name);
  const configuration = endpoint && (await findConfiguration(context, endpoint.EndpointConfigName ?? ''));
  const [variant] = configuration?.ProductionVariants ?? [];
  if (!endpoint || !variant) {
    throw new UserError(describeEnded(context, name) ?? `There is no endpoint "${name}". Deploy it again.`);
  }
  // A registered version that it serves may have been deleted since.
  const modelArtifact =
    findPlannedEnd(context, name)?.modelArtifact ??
    (await describeModel(context, variant.ModelName ?? '')).modelArtifact;
  await context.budget.reserve({
    purpose: purposeOf('endpoint', name),
    minutes: 60 * hours,
    ...hostingCostOf(variant),
    ...instancesOf(context, name, endpoint.ProductionVariants?.[0]?.DesiredInstanceCount),
  });
  const ends = new Date(Date.now() + hours * 3_600_000);
  await armSwitchOff(context, name, { ends, modelArtifact });
  const Tags = [{ Key: expiryKey, Value: ends.toISOString() }];
  await context.clients.sagemaker.send(new AddTagsCommand({ ResourceArn: endpoint.EndpointArn, Tags }));
  return describeEnd(name, ends);
}
