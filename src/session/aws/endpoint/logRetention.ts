// How long CloudWatch Logs keeps the lines of an endpoint's log.
import { CreateLogGroupCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { AwsContext } from '../account/context';
import { isDenied, unlessTaken } from '../account/serviceErrors';

/** Returns the log group of an endpoint. It outlives the endpoint. */
export function logGroupOf(endpoint: string): string {
  return `/aws/sagemaker/Endpoints/${endpoint}`;
}

/** Lets the lines of an endpoint's log end after some days. Tells if it cannot, since the endpoint serves all the same. */
export async function limitLog({ clients, tell }: AwsContext, name: string, days: number): Promise<void> {
  const logGroupName = logGroupOf(name);
  try {
    // SageMaker makes it with the first line.
    await clients.logs.send(new CreateLogGroupCommand({ logGroupName })).catch(unlessTaken);
    await clients.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: days }));
  } catch (error) {
    const why = isDenied(error) ? 'you lack logs:PutRetentionPolicy.' : (error as Error).message;
    tell(`The lines of the log of endpoint ${name} stay for longer than ${days} days: ${why}`);
  }
}
