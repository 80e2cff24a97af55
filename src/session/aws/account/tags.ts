// Tells whose a resource is by its tags on SageMaker. Tags decide; the ledger only helps to find resources.
import { paginateListTags } from '@aws-sdk/client-sagemaker';
import { type AwsContext, ownerKey, projectTag } from './context';
import { isPassing } from './errors';
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

/** Key of the tag with the planned end of the endpoint, in ISO 8601. */
export const expiryKey = 'expires';

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
  'model group': 'model-package-group',
  'registered model': 'model-package',
};

/** Returns the ARN of a resource on SageMaker. */
export function arnOf({ place }: AwsContext, kind: keyof typeof arnTypes, name: string): string {
  const { region, account, identity } = place;
  const partition = identity.split(':')[1];
  return `arn:${partition}:sagemaker:${region.value}:${account}:${arnTypes[kind]}/${name.toLowerCase()}`;
}

interface Started {
  kind: keyof typeof arnTypes;
  name: string;
  /** Value of the tag {@link startKey}. */
  start: string;
}

/**
 * Returns whether a start has created a resource although its request failed: the response may have been lost. Returns
 * undefined if AWS was silent and still is, so that nobody knows.
 */
export async function wasStartedAfterAll(
  context: AwsContext,
  started: Started,
  error: unknown,
): Promise<boolean | undefined> {
  return await wasStartedNow(context, started).catch(() => (isPassing(error) ? undefined : false));
}

/** Returns whether this start created a resource, perhaps with a request whose response was lost. */
export async function wasStartedNow(context: AwsContext, { kind, name, start }: Started): Promise<boolean> {
  return (await listTags(context, arnOf(context, kind, name))).get(startKey) === start;
}

/** Returns whether a resource has the project's tag. */
export async function isOfTheProject(context: AwsContext, arn: string): Promise<boolean> {
  return (await listTags(context, arn)).get(projectTag.Key) === projectTag.Value;
}

/** Returns whether the workshop created a resource, with these credentials or from this project's folder. */
export async function isOurs(
  context: AwsContext,
  resource: { kind: string; name: string; arn: string },
): Promise<boolean> {
  return (await ownerOf(context, resource)) === 'us';
}

/** Returns who created a resource of the workshop: we, or the owner that its tag names; undefined for any other resource. */
export async function ownerOf(
  context: AwsContext,
  { kind, name, arn }: { kind: string; name: string; arn: string },
): Promise<'us' | string | undefined> {
  const tags = await listTags(context, arn);
  if (tags.get(projectTag.Key) !== projectTag.Value) return undefined;
  const mine = context.tags.find(({ Key }) => Key === ownerKey)?.Value;
  const owner = tags.get(ownerKey) ?? 'an unknown owner';
  const isRecorded = context.recorded().some((entry) => entry.kind === kind && entry.name === name);
  return owner === mine || isRecorded ? 'us' : owner;
}
