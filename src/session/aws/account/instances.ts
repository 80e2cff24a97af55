// The default instance types, for when neither the session nor the call chooses others.
import { endpointMachine } from '../../contract/instanceTypes';
import type { AwsSessionOptions } from './options';

type Choice = Pick<
  AwsSessionOptions,
  'trainingInstance' | 'endpointInstance' | 'transformInstance' | 'serverless' | 'spot'
>;

/** Returns the instance types of jobs and endpoints; `serverless` for an endpoint without an instance. */
export function machinesOf({ trainingInstance, transformInstance, serverless, ...choice }: Choice) {
  return {
    training: trainingInstance ?? 'ml.c5.2xlarge',
    // Four processors, one for each of the server's workers.
    transform: transformInstance ?? 'ml.c5.xlarge',
    endpoint: serverless ? 'serverless' : endpointMachine(choice),
  };
}

/** Returns the names in Service Quotas of the limits on these instance types, and on serverless endpoints. */
export function quotaNames(options: Choice) {
  const { training, transform } = machinesOf(options);
  return {
    training: `${training} for ${options.spot ? 'spot ' : ''}training job usage`,
    warmPool: `${training} for training warm pool usage`,
    transform: `${transform} for transform job usage`,
    endpoint: `${endpointMachine(options)} for endpoint usage`,
    serverless: 'Maximum total concurrency that can be allocated across all serverless endpoints',
  };
}
