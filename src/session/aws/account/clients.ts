// The one room of the AWS SDK's clients: region, credentials as the SDK finds them by itself, retries with jitter, and
// errors as sentences. Their types stay out of what the notebook imports.
import './quiet';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { PricingClient } from '@aws-sdk/client-pricing';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { STSClient } from '@aws-sdk/client-sts';
import { explainAwsError, isExpired } from './errors';

/** Told of each call that the code makes, such as `SageMaker`, `CreateTrainingJob`. */
export type CallObserver = (service: string, operation: string) => void;

export type AwsClients = ReturnType<typeof createClients>;

const permissions = 'docs/aws.md lists the permissions that the workshop needs.';

/** All clients for one region. AWS_ENDPOINT_URL sends them elsewhere. */
export function createClients(region: string, onCall: CallObserver = () => undefined) {
  // Credentials' files are read anew whenever credentials are looked for: somebody may have signed in again.
  const settings = { region, retryMode: 'standard', maxAttempts: 8, ignoreCache: true };
  const elsewhere = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const clients = {
    ecr: new ECRClient(settings),
    iam: new IAMClient(settings),
    logs: new CloudWatchLogsClient(settings),
    pricing: new PricingClient({ ...settings, region: pricingRegion(region), maxAttempts: 3 }),
    quotas: new ServiceQuotasClient(settings),
    // A bucket's name as a host is nothing that a test server's address could resolve.
    s3: new S3Client({ ...settings, forcePathStyle: elsewhere !== undefined }),
    sagemaker: new SageMakerClient(settings),
    scaling: new ApplicationAutoScalingClient(settings),
    runtime: new SageMakerRuntimeClient({ ...settings, maxAttempts: 3 }),
    sts: new STSClient(settings),
  };
  for (const [key, client] of Object.entries(clients)) {
    watchCalls(client, serviceNames[key as keyof typeof clients], onCall);
  }
  return clients;
}

const serviceNames = {
  ecr: 'ECR',
  iam: 'IAM',
  logs: 'CloudWatch Logs',
  pricing: 'Pricing',
  quotas: 'Service Quotas',
  s3: 'S3',
  sagemaker: 'SageMaker',
  scaling: 'Application Auto Scaling',
  runtime: 'SageMaker Runtime',
  sts: 'STS',
};

/** The price list answers in few regions, about all of them. */
function pricingRegion(region: string): string {
  return region.startsWith('cn-') ? 'cn-northwest-1' : 'us-east-1';
}

/** As much of a client as its calls can be watched by. */
interface Watchable {
  middlewareStack: { add(middleware: never, options: never): void };
  config: { credentials(options?: { forceRefresh?: boolean }): Promise<{ accessKeyId: string }> };
}

function watchCalls(client: Watchable, service: string, onCall: CallObserver): void {
  const middleware =
    (next: (call: unknown) => Promise<unknown>, { commandName = '' }: { commandName?: string }) =>
    async (call: unknown) => {
      onCall(service, commandName.replace(/Command$/, ''));
      try {
        return await withValidCredentials(client, () => next(call));
      } catch (error) {
        throw explainAwsError(error, service, permissions);
      }
    };
  client.middlewareStack.add(middleware as never, { step: 'initialize', priority: 'high' } as never);
}

/** Where the credentials have expired and there are new ones by now, asks once more with those. */
async function withValidCredentials<Answer>(
  { config }: Watchable,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const used = await config.credentials();
  try {
    return await ask();
  } catch (error) {
    if (!isExpired(error)) throw error;
    const found = await config.credentials({ forceRefresh: true }).catch(() => used);
    if (found.accessKeyId === used.accessKeyId) throw error;
    return await ask();
  }
}
