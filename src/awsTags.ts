// Whose a resource is, asked of SageMaker: the truth, where the ledger is the memory.
import { ListTagsCommand } from '@aws-sdk/client-sagemaker';
import { isGone } from './awsAnswers';
import { type AwsContext, ownerKey, projectTag } from './awsContext';

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

/** Whether it was created by this workshop under these credentials. */
export async function isOurs(context: AwsContext, arn: string): Promise<boolean> {
  const tags = await listTags(context, arn);
  const owner = context.tags.find(({ Key }) => Key === ownerKey);
  return tags.get(projectTag.Key) === projectTag.Value && tags.get(ownerKey) === owner?.Value;
}
