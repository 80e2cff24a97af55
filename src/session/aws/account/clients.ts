// The AWS SDK's clients, with the SDK's own search for credentials, retries with jitter, and readable errors. Their types
// stay out of the notebook's imports.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { PricingClient } from '@aws-sdk/client-pricing';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { STSClient } from '@aws-sdk/client-sts';
import { explainAwsError, isExpired } from './errors';
import { ProxyHandler } from './proxyHandler';

// The SDK's version is pinned, so a warning about the Node.js version of later ones only clutters a cell's output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Called for each call to AWS, with arguments such as `SageMaker` and `CreateTrainingJob`. */
export type CallObserver = (service: string, operation: string) => void;

export type AwsClients = ReturnType<typeof createClients>;

const permissions = 'docs/aws.md lists the permissions that the workshop needs.';

/** Creates the clients for a region. AWS_ENDPOINT_URL redirects them. */
export function createClients(region: string, onCall: CallObserver = () => undefined) {
  // Credential files are not cached: you may have signed in again.
  const settings = {
    region,
    retryMode: 'standard',
    maxAttempts: 8,
    ignoreCache: true,
    requestHandler: new ProxyHandler(),
  };
  const elsewhere = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const clients = {
    cloudwatch: new CloudWatchClient(settings),
    ecr: new ECRClient(settings),
    iam: new IAMClient(settings),
    // Logs are best effort, so a throttled one must not hold up a wait.
    logs: new CloudWatchLogsClient({ ...settings, maxAttempts: 3 }),
    pricing: new PricingClient({ ...settings, region: pricingRegion(region), maxAttempts: 3 }),
    quotas: new ServiceQuotasClient(settings),
    // A test server's host name has no subdomains for buckets.
    s3: new S3Client({ ...settings, forcePathStyle: elsewhere !== undefined }),
    sagemaker: new SageMakerClient(settings),
    scaling: new ApplicationAutoScalingClient(settings),
    scheduler: new SchedulerClient(settings),
    runtime: new SageMakerRuntimeClient({ ...settings, maxAttempts: 3 }),
    sts: new STSClient(settings),
  };
  for (const client of Object.values(clients)) watchCalls(client, onCall);
  return clients;
}

/** Returns the region whose price list covers this one: few regions have the API, each for all regions. */
function pricingRegion(region: string): string {
  return region.startsWith('cn-') ? 'cn-northwest-1' : 'us-east-1';
}

/** The parts of a client that `watchCalls()` uses. */
interface Watchable {
  middlewareStack: { add(middleware: never, options: never): void };
  config: {
    serviceId: string;
    credentials(options?: { forceRefresh?: boolean }): Promise<{ accessKeyId: string }>;
  };
}

function watchCalls(client: Watchable, onCall: CallObserver): void {
  const service = client.config.serviceId;
  const middleware =
    (next: (call: unknown) => Promise<unknown>, { commandName = '' }: { commandName?: string }) =>
    async (call: unknown) => {
      onCall(service, commandName.replace(/Command$/, ''));
      try {
        return await whileRoleIsNew(() => withValidCredentials(client, () => next(call)));
      } catch (error) {
        throw explainAwsError(error, service, permissions);
      }
    };
  client.middlewareStack.add(middleware as never, { step: 'initialize', priority: 'high' } as never);
}

/** Pauses in seconds, a minute together. */
const rolePauses = [1, 2, 4, 8, 15, 30];

/**
 * Sends a request, and sends it again for up to a minute while SageMaker cannot assume its role: IAM takes some time to
 * make a new role or trust policy known everywhere.
 */
export async function whileRoleIsNew<Response>(
  send: () => Promise<Response>,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<Response> {
  for (const seconds of rolePauses) {
    try {
      return await send();
    } catch (error) {
      if (!/could not assume role/i.test((error as Error).message)) throw error;
    }
    await pause(1000 * seconds);
  }
  return await send();
}

/** Sends a request, and sends it again if the credentials have expired and new ones are available. */
async function withValidCredentials<Response>(
  { config }: Watchable,
  send: () => Promise<Response>,
): Promise<Response> {
  const used = await config.credentials();
  try {
    return await send();
  } catch (error) {
    if (!isExpired(error)) throw error;
    const found = await config.credentials({ forceRefresh: true }).catch(() => used);
    if (found.accessKeyId === used.accessKeyId) throw error;
    return await send();
  }
}
