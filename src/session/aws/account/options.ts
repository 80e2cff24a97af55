// The options of the session on AWS. They do not use the AWS SDK, so its types stay out of the notebook.

/** Options of the session on AWS, set in the first cell. Sessions on this machine ignore them. */
export interface AwsSessionOptions {
  /** US dollars that the session may spend. @default BUDGET_USD, else 0: nothing billed is started */
  budget?: number;
  /** Whether to start billed resources at an unknown price. @default UNKNOWN_PRICE, else 'refuse' */
  unknownPrice?: 'allow' | 'refuse';
  /** AWS region. @default AWS_REGION, AWS_DEFAULT_REGION, the profile's, the Studio space's or notebook instance's */
  region?: string;
  /** Name or ARN of the role that jobs and endpoints assume. @default the notebook's, else the credentials', else SAGEMAKER_ROLE */
  role?: string;
  /** Bucket for data and artifacts. @default the Unified Studio project's, else sagemaker-REGION-ACCOUNT, created if it does not exist */
  bucket?: string;
  /** Folder in the bucket for everything that the session writes, such as projects/news. @default the Unified Studio project's, else none */
  bucketPrefix?: string;
  /** Instance type of training jobs, unless `train()` sets another. @default ml.c5.2xlarge */
  trainingInstance?: string;
  /** Instance type of endpoints, unless `deploy()` sets another. @default ml.m5.large */
  endpointInstance?: string;
  /** Instance type of batch transforms, unless `transform()` sets another. @default ml.c5.xlarge */
  transformInstance?: string;
  /** URI of an image in ECR. @default IMAGE_URI, else the project's image, built and pushed */
  image?: string;
  /** Effect on a training job of interrupting the kernel while a cell waits for it. @default detach: the job keeps running */
  onInterrupt?: 'detach' | 'stop';
  /** Minutes after which SageMaker stops a training job. @default 30 */
  maxRuntimeMinutes?: number;
  /** Whether to train on spot instances: cheaper, with checkpoints, since AWS may interrupt them. @default false */
  spot?: boolean;
  /** Minutes for a spot job in total, including the wait for an instance. @default twice maxRuntimeMinutes */
  maxWaitMinutes?: number;
  /** Hours after which an endpoint ends, unless `deploy()` sets others: the budget counts them. @default 1 */
  endpointHours?: number;
  /** Whether AWS deletes an endpoint on an instance after its hours. @default SWITCH_OFF, else 'schedule' */
  switchOff?: 'schedule' | 'none';
  /** Name or ARN of the role that deletes endpoints then. @default SWITCH_OFF_ROLE, else sagemaker-workshop-switch-off */
  switchOffRole?: string;
  /** Deploys serverless endpoints instead of ones with an instance. @default an instance */
  serverless?: { memoryMegabytes: number; concurrency: number };
  /** Percentage of requests that an endpoint saves to the bucket. @default none */
  dataCapturePercent?: number;
  /** Id or ARN of the key that encrypts uploads, artifacts, volumes, captured data, a new bucket and a new repository. @default the services' own keys */
  kmsKey?: string;
  /** Id or ARN of the key for artifacts, results and captured data, if it is another. @default kmsKey */
  outputKmsKey?: string;
  /** Your VPC for jobs and endpoints. @default none */
  vpc?: { subnets: string[]; securityGroups: string[] };
  /** Whether to cut containers off from every network. @default false */
  networkIsolation?: boolean;
  /** Whether to encrypt the traffic between the instances of a job. @default false */
  interContainerEncryption?: boolean;
  /** Your own tags, at most 8, on everything that the session creates, beside `project` and `owner`. @default none */
  tags?: Readonly<Record<string, string>>;
  /** Location of the ledger. @default LEDGER, else .ledger.jsonl in the project's folder */
  ledger?: string;
  /**
   * Shortest pause in seconds between two requests for the status of a job or endpoint. The longest, chosen at random, is
   * three times as long. A training job's log is read four times as often. @default POLL_SECONDS, else 10
   */
  pollSeconds?: number;
}
