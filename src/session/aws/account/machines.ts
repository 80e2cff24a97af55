// The machines that are rented unless the session or the call names others.
import { endpointMachine } from '../../contract/instanceTypes';
import type { AwsSessionOptions } from './options';

type Choice = Pick<
  AwsSessionOptions,
  'trainingInstance' | 'endpointInstance' | 'transformInstance' | 'serverless' | 'spot'
>;

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
