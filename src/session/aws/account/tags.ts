// Whose a resource is, asked of SageMaker: the truth, where the ledger is the memory.
import { ListTagsCommand } from '@aws-sdk/client-sagemaker';
import { isGone } from './answers';
import { type AwsContext, ownerKey, projectTag } from './context';

/** Empty for what is gone. */
export async function listTags({ clients }: AwsContext, ResourceArn: string): Promise<Map<string, string>> {
  const tags = new Map<string, string>();
  let NextToken: string | undefined;
  try {
    do {
      const page = await clients.sagemaker.send(new ListTagsCommand({ ResourceArn, NextToken }));
      for (const { Key = '', Value = '' } of page.Tags ?? []) tags.set(Key, Value);
      NextToken = page.NextToken;
    } while (NextToken);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return tags;
}

/** The tag that tells this start from any other one under the same name. */
export const startKey = 'start';

/** Whether what has that name is of this very start: its first answer may have been lost, and the SDK asked again. */
export async function wasStartedNow(context: AwsContext, resource: string, start: string): Promise<boolean> {
  const { region, account, identity } = context.place;
  const arn = `arn:${identity.split(':')[1]}:sagemaker:${region.value}:${account}:${resource}`;
  return (await listTags(context, arn)).get(startKey) === start;
}

/** Whether it carries the project's tag, whoever has created it. */
export async function isOfTheProject(context: AwsContext, arn: string): Promise<boolean> {
  return (await listTags(context, arn)).get(projectTag.Key) === projectTag.Value;
}

/** Whether it was created by this workshop, and under these credentials or from this project's folder. */
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
