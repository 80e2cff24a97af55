// Known problems of SageMaker users, each with a remedy. They are recognised by their text: in a service's error, a failure
// reason or a log.

interface KnownProblem {
  /** The number in the table of docs/aws.md. */
  number: number;
  pattern: RegExp;
  remedy: string;
}

/** In the order of the search: the first match counts. */
export const knownProblems: readonly KnownProblem[] = [
  {
    number: 22,
    pattern: /explicit deny in a service control policy/i,
    remedy:
      'Your organisation forbids this with a service control policy, which no permission in your account overrides. Ask ' +
      'its administrators what the policy demands. If it is a region, a VPC, encryption, isolation or a tag, set it: ' +
      'openSession({ region, vpc, kmsKey, outputKmsKey, networkIsolation, interContainerEncryption, tags }), or once in ' +
      'aws-defaults.json (docs/aws.md).',
  },
  {
    number: 17,
    pattern:
      /does not grant ecr:|does not have \w+ permission for the image|cannot pull algorithm container|no resource-based policy allows the ecr:/i,
    remedy:
      'SageMaker may not pull the image. Allow the execution role ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ' +
      'ecr:BatchCheckLayerAvailability on the repository. If the repository is in another account, its own policy must ' +
      'allow them as well. Check also that the image exists, in the region of the job.',
  },
  {
    number: 1,
    pattern: /unsupported manifest media type|application\/vnd\.oci\.image\.(index|manifest)/i,
    remedy:
      'SageMaker accepts neither OCI images nor multi-platform indexes. Build the image with buildImage(), or with ' +
      '`docker buildx build --platform=linux/amd64 --provenance=false --output=type=docker,oci-mediatypes=false`, ' +
      'and publish it again.',
  },
  {
    number: 2,
    pattern: /exec format error/i,
    remedy:
      "The image was built for another processor than the machine's: x86-64, or arm64 for an endpoint on a Graviton " +
      'instance (ml.c7g, ml.m6g, …). Build it with buildImage(), or with `docker build --platform=linux/amd64` (on ' +
      'Graviton linux/arm64).',
  },
  {
    number: 3,
    pattern: /did not pass the ping health check/i,
    remedy:
      'The container did not respond to GET /ping with 200 in time. Read its log for the reason. To try the same artifact on this ' +
      "machine first: openSession({ kind: 'docker' }).deploy(…).",
  },
  {
    number: 4,
    pattern:
      /exec:? "?(\.?\/\S*)?(train|serve)"?: (executable file not found|permission denied|no such file)|(env|\/usr\/bin\/env): .*\\r|'(node|bash|sh)\\r'/i,
    remedy:
      'The image has no program `train` or `serve` on its PATH, or the program is not executable, or its lines end with ' +
      'CR LF. Compare container/Dockerfile. To fix line endings, run `git config core.autocrlf input` and clone again.',
  },
  {
    number: 5,
    pattern: /not authorized to perform: ecr:|denied: .*ecr:|no basic auth credentials/i,
    remedy:
      'AmazonSageMakerFullAccess covers only ECR repositories with "sagemaker" in their name. Rename the repository, or ' +
      'have the action allowed for it.',
  },
  {
    number: 6,
    pattern: /lifecycle ?config.*(took longer than|exceeded|timed? ?out|5 minutes)/i,
    remedy:
      'A notebook instance’s lifecycle script may take at most five minutes. The project’s lifecycle.sh does the long ' +
      'work in the background: register it unchanged (docs/notebook-instance.md).',
  },
  {
    number: 7,
    pattern:
      /docker[- ]compose.*(not (found|installed)|is not available)|address already in use|port is already allocated/i,
    remedy:
      'Another program uses the port, or Docker Compose is missing. This workshop’s own sessions choose free ports and ' +
      "do not need Compose: openSession({ kind: 'docker' }).",
  },
  {
    number: 8,
    pattern: /cannot (create|update) (already existing|in-progress) (endpoint|model)/i,
    remedy:
      'A resource with that name still exists. `await session.whatIsRunning()` lists what is billed, and ' +
      '`await session.cleanUp()` deletes it, including what other kernels left.',
  },
  {
    number: 9,
    pattern: /(unexpected|invalid|unknown).*\\"(mlp|lstm|story|random)\\"/i,
    remedy:
      'The hyperparameter arrived in quotes, as the SageMaker Python SDK sends it. This workshop’s current image accepts ' +
      'them: publish it again.',
  },
  {
    number: 10,
    pattern: /(spot|capacity).*(interrupt|reclaim)|was stopped because.*spot/i,
    remedy:
      'AWS reclaimed the spot instance. Start the same request again: it continues from the last checkpoint. To use an ' +
      'instance that is not interrupted: openSession({ spot: false }).',
  },
  {
    number: 11,
    pattern: /ResourceLimitExceeded|account-level service limit/i,
    remedy:
      'Your account’s quota for this instance type is used up, or 0, as in many new accounts. Request an increase in the ' +
      'Service Quotas console (Amazon SageMaker, the name in quotes above), or choose another instanceType.',
  },
  {
    number: 12,
    pattern: /ThrottlingException|Rate exceeded|TooManyRequests|Too Many Requests/i,
    remedy:
      'Too many requests: AWS throttles your account, and retrying did not help. What was started keeps running. Wait a ' +
      'minute and attach to it again.',
  },
  {
    number: 13,
    pattern: /libtensorflow.*(403|failed)|isNullOrUndefined is not a function|tfjs_binding\.node/i,
    remedy:
      'TensorFlow’s own installer no longer works. Run `npm run setup`, and build the image with buildImage(): both get ' +
      'the libraries another way.',
  },
  {
    number: 14,
    pattern: /deprecated instance type|instance type \S+ is deprecated/i,
    remedy:
      'SageMaker no longer offers this instance family. Choose another, such as openSession({ endpointInstance: ' +
      "'ml.m5.large' }) or deploy(…, { instanceType: 'ml.m5.large' }).",
  },
  {
    number: 15,
    pattern: /unable to provision requested ML compute capacity|Insufficient(Instance)?Capacity/i,
    remedy:
      'AWS has no free instance of this type in this region now. Try again later, choose another instanceType or region, or ' +
      "list several types, of which SageMaker takes the first that is free: train({ …, instances: ['ml.c5.2xlarge', 'ml.m5.2xlarge'] }).",
  },
  {
    number: 16,
    pattern: /could not assume role|unable to assume the role|sts:AssumeRole on the role/i,
    remedy:
      'SageMaker cannot assume the execution role. It must exist under exactly this ARN, with its path, and its trust ' +
      'policy must allow sagemaker.amazonaws.com: `await session.preflight()` checks both.',
  },
  {
    number: 18,
    pattern: /exit code:? '?137\b|OOMKilled|heap out of memory/i,
    remedy:
      'The container ran out of memory. Choose a larger instanceType, more memory for a serverless endpoint, or a smaller ' +
      'batch_size or network.',
  },
  {
    number: 19,
    pattern:
      /not authorized to perform: kms:|ciphertext refers to a customer master key|KMS\.?\w*(AccessDenied|NotFound|Disabled|InvalidState)/i,
    remedy:
      'The KMS key cannot be used. Its key policy must allow you and the execution role kms:GenerateDataKey, kms:Decrypt, ' +
      'kms:DescribeKey and kms:CreateGrant, and the key must be enabled, in the region of the job.',
  },
  {
    number: 20,
    pattern: /route to an S3 VPC endpoint or a NAT device/i,
    remedy:
      'The subnets of the option vpc do not reach S3. Add a gateway endpoint for S3 to their route table, and let the ' +
      'security groups and the network ACL send HTTPS. Without a NAT device, ECR (api and dkr), CloudWatch Logs and STS ' +
      'need interface endpoints.',
  },
  {
    number: 21,
    pattern: /image size:? \d+ is greater than supported size/i,
    remedy:
      'The image is too large: a serverless endpoint takes 10 GB at most. Build a smaller one with buildImage(), or deploy ' +
      "on an instance: deploy(…, { serverless: false, instanceType: 'ml.m5.large' }).",
  },
  {
    number: 23,
    pattern: /STS is not activated in this region|RegionDisabledException|OptInRequired/i,
    remedy:
      'This region is not enabled in your account. Have it enabled in the Account settings of the console, or choose ' +
      "another: openSession({ region: 'us-east-1' }).",
  },
  {
    number: 24,
    pattern: /MaxWaitTimeExceeded/i,
    remedy:
      'No spot instance was free for long enough within maxWaitMinutes. The same request continues from the last ' +
      'checkpoint, if there is one. Wait longer with openSession({ maxWaitMinutes }), choose another instanceType, or ' +
      'use an instance that is not interrupted: openSession({ spot: false }).',
  },
  {
    number: 25,
    pattern: /InternalServerError: We encountered an internal error/i,
    remedy:
      'SageMaker itself failed, not the container. Start the same request again; with retries: 3, SageMaker does so by itself: ' +
      'train({ …, retries: 3 }).',
  },
];

const shownLines = 20;

/** Returns the text about a failure: its reason, the remedy if the problem is known, and the end of the log. */
export function explainFailure(reason: string, log: readonly string[]): string {
  const end = log.slice(-shownLines).join('\n');
  // The log is closer to the cause than SageMaker's reason.
  const remedy = findRemedy(end) ?? findRemedy(reason);
  return [reason, ...(remedy ? [remedy] : []), ...(end ? [`Its log ends:\n${end}`] : [])].join('\n');
}

/** Returns the remedy for the first known problem in a text; undefined if there is none. */
export function findRemedy(text: string): string | undefined {
  return knownProblems.find(({ pattern }) => pattern.test(text))?.remedy;
}
