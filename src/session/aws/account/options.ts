// What the first cell can say about the session on AWS, apart from the AWS SDK, so that its types stay out of the notebook.

/** How the session on AWS works: all of it chosen in the first cell. Sessions on this machine leave it aside. */
export interface AwsSessionOptions {
  /** US dollars that the session may spend. @default BUDGET_USD, else 0: nothing billed is started */
  budget?: number;
  /** Start what is billed even where its price cannot be had. @default UNKNOWN_PRICE, else refused */
  unknownPrice?: 'allow' | 'refuse';
  /** @default AWS_REGION, AWS_DEFAULT_REGION, the profile's, the notebook instance's */
  region?: string;
  /** Name or ARN of the role that jobs and endpoints take on. @default the notebook's, else the credentials', else SAGEMAKER_ROLE */
  role?: string;
  /** @default sagemaker-REGION-ACCOUNT, created where it is missing */
  bucket?: string;
  /** What training jobs run on, unless `train()` says otherwise. @default ml.c5.2xlarge */
  trainingInstance?: string;
  /** What endpoints run on, unless `deploy()` says otherwise. @default ml.m5.large */
  endpointInstance?: string;
  /** What batch transforms run on, unless `transform()` says otherwise. @default ml.c5.xlarge */
  transformInstance?: string;
  /** The URI of an image in ECR. @default IMAGE_URI, else built and pushed */
  image?: string;
  /** What interrupting the kernel does to the training job that a cell waits for. @default detach: it goes on */
  onInterrupt?: 'detach' | 'stop';
  /** After which SageMaker ends a training job. @default 30 */
  maxRuntimeMinutes?: number;
  /** Spare machines at a lower price, with checkpoints; a job may be interrupted and go on. @default false */
  spot?: boolean;
  /** Of a spot job, running and waiting for a machine together. @default twice maxRuntimeMinutes */
  maxWaitMinutes?: number;
  /** How long an endpoint is meant to run: what the budget counts, and what its tag `expires` says. @default 1 */
  endpointHours?: number;
  /** An endpoint without a machine of its own. @default a machine */
  serverless?: { memoryMegabytes: number; concurrency: number };
  /** The share of requests, in percent, that an endpoint keeps in the bucket. @default none */
  dataCapturePercent?: number;
  /** Id or ARN of the key that encrypts uploads, artifacts and volumes. @default the services' own keys */
  kmsKey?: string;
  /** The network that jobs and endpoints work in. @default none of yours */
  vpc?: { subnets: string[]; securityGroups: string[] };
  /** Containers reach no network at all. @default false */
  networkIsolation?: boolean;
  /** Where the ledger lies. @default LEDGER, else .ledger.jsonl in the project's folder */
  ledger?: string;
  /** Between two looks at what is waited for. @default 2 */
  pollSeconds?: number;
}
