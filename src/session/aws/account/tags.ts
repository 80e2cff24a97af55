// Tells whose a resource is by its tags on SageMaker. Tags decide; the ledger only helps to find resources.
import { paginateListTags } from '@aws-sdk/client-sagemaker';
import { type AwsContext, ownerKey, projectTag } from './context';
import { isGone } from './serviceErrors';

/** Returns a resource's tags; empty if it is gone. */
export async function listTags({ clients }: AwsContext, ResourceArn: string): Promise<Map<string, string>> {
  const tags = new Map<string, string>();
  try {
    for await (const { Tags = [] } of paginateListTags({ client: clients.sagemaker }, { ResourceArn })) {
      for (const { Key = '', Value = '' } of Tags) tags.set(Key, Value);
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return tags;
}

/** The tag that tells one start from another under the same name. */
export const startKey = 'start';

/** The types in the ARNs of what the workshop creates on SageMaker. */
export const arnTypes = {
  'training job': 'training-job',
  'transform job': 'transform-job',
  'tuning job': 'hyper-parameter-tuning-job',
  model: 'model',
  'endpoint configuration': 'endpoint-config',
  endpoint: 'endpoint',
};

/** Returns the ARN of a resource on SageMaker. */
export function arnOf({ place }: AwsContext, kind: keyof typeof arnTypes, name: string): string {
  const { region, account, identity } = place;
  const partition = identity.split(':')[1];
  return `arn:${partition}:sagemaker:${region.value}:${account}:${arnTypes[kind]}/${name.toLowerCase()}`;
}

/** Returns whether this start created a resource, perhaps with a request whose response was lost. */
export async function wasStartedNow(
  context: AwsContext,
  { kind, name, start }: { kind: keyof typeof arnTypes; name: string; start: string },
): Promise<boolean> {
  return (await listTags(context, arnOf(context, kind, name))).get(startKey) === start;
}

/** Returns whether a resource has the project's tag. */
export async function isOfTheProject(context: AwsContext, arn: string): Promise<boolean> {
  return (await listTags(context, arn)).get(projectTag.Key) === projectTag.Value;
}

/** Returns whether the workshop created a resource, with these credentials or from this project's folder. */
export async function isOurs(
  context: AwsContext,
  { kind, name, arn }: { kind: string; name: string; arn: string },
): Promise<boolean> {
  const tags = await listTags(context, arn);
  if (tags.get(projectTag.Key) !== projectTag.Value) return false;
  const owner = context.tags.find(({ Key }) => Key === ownerKey);
  if (tags.get(ownerKey) === owner?.Value) return true;
  return context.recorded().some((entry) => entry.kind === kind && entry.name === name);
}
