// Known problems of SageMaker users, each with a remedy. They are recognised by their text: in a service's error, a failure
// reason or a log.

interface KnownProblem {
  /** The number in the table of docs/aws.md. */
  number: number;
  pattern: RegExp;
  remedy: string;
}

export const knownProblems: readonly KnownProblem[] = [
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
      'The image was built for another processor, and these SageMaker machines are x86-64. Build it with buildImage(), ' +
      'or with `docker build --platform=linux/amd64`.',
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
    pattern: /(spot|capacity).*(interrupt|reclaim)|MaxWaitTimeExceeded|was stopped because.*spot/i,
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
