// What hurts people who use SageMaker, recognised by the words in which it comes, wherever they stand: in an error of the
// service's, in a failure reason, in a log. Each with what to do.

interface Pain {
  /** The number in the table of docs/aws.md. */
  number: number;
  words: RegExp;
  remedy: string;
}

export const pains: readonly Pain[] = [
  {
    number: 1,
    words: /unsupported manifest media type|application\/vnd\.oci\.image\.(index|manifest)/i,
    remedy:
      'SageMaker takes neither OCI images nor indexes of several. Build the image with buildImage(), or with ' +
      '`docker buildx build --platform=linux/amd64 --provenance=false --output=type=docker,oci-mediatypes=false`, ' +
      'and publish it again.',
  },
  {
    number: 2,
    words: /exec format error/i,
    remedy:
      'The image was built for another processor. SageMaker’s machines here are x86-64: build it with buildImage(), ' +
      'or with `docker build --platform=linux/amd64`.',
  },
  {
    number: 3,
    words: /did not pass the ping health check/i,
    remedy:
      'The container did not answer GET /ping with 200 in time. Its own log lines say why; the same artifact can be ' +
      "tried here first: openSession({ kind: 'docker' }).deploy(…).",
  },
  {
    number: 4,
    words:
      /exec:? "?(\.?\/\S*)?(train|serve)"?: (executable file not found|permission denied|no such file)|(env|\/usr\/bin\/env): .*\\r|'(node|bash|sh)\\r'/i,
    remedy:
      'The image has no program `train` or `serve` on its PATH, it is not executable, or its lines end with CR LF. ' +
      'container/Dockerfile shows what is needed; `git config core.autocrlf input` and a new clone mend the line ends.',
  },
  {
    number: 5,
    words: /not authorized to perform: ecr:|denied: .*ecr:|no basic auth credentials/i,
    remedy:
      'AmazonSageMakerFullAccess reaches only ECR repositories whose name holds "sagemaker". Name the repository so, ' +
      'or have the action added for it.',
  },
  {
    number: 6,
    words: /lifecycle ?config.*(took longer than|exceeded|timed? ?out|5 minutes)/i,
    remedy:
      'A notebook instance’s lifecycle script may take five minutes. The project’s lifecycle.sh does the long work ' +
      'in the background: register it as it is (docs/notebook-instance.md).',
  },
  {
    number: 7,
    words:
      /docker[- ]compose.*(not (found|installed)|is not available)|address already in use|port is already allocated/i,
    remedy:
      'Another program has the port, or Docker Compose is missing. This workshop’s own sessions need no Compose and ' +
      "choose free ports: openSession({ kind: 'docker' }).",
  },
  {
    number: 8,
    words: /cannot (create|update) (already existing|in-progress) (endpoint|model)/i,
    remedy:
      'Something of that name is left from before. `await session.whatIsRunning()` shows what is billed, ' +
      '`await session.cleanUp()` ends it, also what another kernel has left.',
  },
  {
    number: 9,
    words: /(unexpected|invalid|unknown).*\\"(mlp|lstm|story|random)\\"/i,
    remedy:
      'The hyperparameter came with quotes around it, as the SageMaker Python SDK sends it. This workshop’s image ' +
      'understands it: publish the current one.',
  },
  {
    number: 10,
    words: /(spot|capacity).*(interrupt|reclaim)|MaxWaitTimeExceeded|was stopped because.*spot/i,
    remedy:
      'The spare machine was taken back. Start the same request again: it goes on from the last checkpoint. ' +
      'openSession({ spot: false }) takes a machine that stays.',
  },
  {
    number: 11,
    words: /ResourceLimitExceeded|account-level service limit/i,
    remedy:
      'Your account’s quota for this machine is used up, or 0 as for many new accounts. Ask for more in the Service ' +
      'Quotas console (Amazon SageMaker, the name in quotes above), or take another machine: instanceType.',
  },
  {
    number: 12,
    words: /ThrottlingException|Rate exceeded|TooManyRequests|Too Many Requests/i,
    remedy:
      'AWS was asked too often, by this or another program of the account, and went on refusing. What was started goes ' +
      'on: wait a minute, and attach to it again.',
  },
  {
    number: 13,
    words: /libtensorflow.*(403|failed)|isNullOrUndefined is not a function|tfjs_binding\.node/i,
    remedy:
      'TensorFlow’s own install does not work any more. Run `npm run setup` here, and build the image with ' +
      'buildImage(): both get the libraries another way.',
  },
  {
    number: 14,
    words: /deprecated instance type|instance type \S+ is deprecated/i,
    remedy:
      'SageMaker no longer offers this family of machines. Choose another, such as openSession({ endpointInstance: ' +
      "'ml.m5.large' }) or deploy(…, { instanceType: 'ml.m5.large' }).",
  },
];

/** What to do about the first of the known pains in a text; undefined where none is in it. */
export function findRemedy(text: string): string | undefined {
  return pains.find(({ words }) => words.test(text))?.remedy;
}
