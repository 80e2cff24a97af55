// The machines that are rented unless the session or the call names others.
import type { AwsSessionOptions } from './options';

type Choice = Pick<
  AwsSessionOptions,
  'trainingInstance' | 'endpointInstance' | 'transformInstance' | 'serverless' | 'spot'
>;

/** A serverless endpoint where only that it is one was said: enough for every model of the workshop. */
export const usualServerless = { memoryMegabytes: 2048, concurrency: 5 };

/** Returns the instance type of an endpoint that has one. SageMaker no longer hosts on the T2 family. */
export function endpointMachine({ endpointInstance }: Pick<Choice, 'endpointInstance'>): string {
  return endpointInstance ?? 'ml.m5.large';
}

/** What jobs and endpoints run on; an endpoint without a machine is `serverless`. */
export function machinesOf({ trainingInstance, transformInstance, serverless, ...choice }: Choice) {
  return {
    training: trainingInstance ?? 'ml.c5.2xlarge',
    // With four processors, each of which a worker of the server's takes.
    transform: transformInstance ?? 'ml.c5.xlarge',
    endpoint: serverless ? 'serverless' : endpointMachine(choice),
  };
}

/** What Service Quotas calls the numbers of them that an account may have. */
export function quotaNames(options: Choice): string[] {
  const { training, endpoint } = machinesOf(options);
  return [
    `${training} for ${options.spot ? 'spot ' : ''}training job usage`,
    ...(options.serverless ? [] : [`${endpoint} for endpoint usage`]),
  ];
}
