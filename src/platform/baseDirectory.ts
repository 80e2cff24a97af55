// Paths of SageMaker's container contract: the folder laid out like /opt/ml. SAGEMAKER_BASE_DIR moves it.
// Contract: "Amazon SageMaker AI Developer Guide", use your own training algorithms / inference code.
import { join } from 'node:path';

/** The environment variable that gives the container the digest of its image. */
export const imageVariable = 'IMAGE_DIGEST';

/** SageMaker's description of a channel of files, in inputdataconfig.json. */
export const fileChannel = {
  TrainingInputMode: 'File',
  S3DistributionType: 'FullyReplicated',
  RecordWrapperType: 'None',
} as const;

/** SageMaker's resourceconfig.json of a job on one machine. */
export const oneHost = { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'eth0' } as const;

export interface BaseDirectory {
  hyperparameters: string;
  /** Lists the job's channels and how each is read. */
  inputDataConfig: string;
  /** Lists the job's hosts and names this one. */
  resourceConfig: string;
  /** Exists if the job keeps checkpoints, and names their folder. */
  checkpointConfig: string;
  channel(name: string): string;
  model: string;
  /** The default folder for checkpoints. SageMaker copies them to S3 and back. */
  checkpoints: string;
  output: string;
  /** Its first 1,024 characters become the training job's FailureReason. */
  failure: string;
}

/** Returns the paths under a base folder, /opt/ml by default. */
export function baseDirectory(base = process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml'): BaseDirectory {
  const config = join(base, 'input', 'config');
  return {
    hyperparameters: join(config, 'hyperparameters.json'),
    inputDataConfig: join(config, 'inputdataconfig.json'),
    resourceConfig: join(config, 'resourceconfig.json'),
    checkpointConfig: join(config, 'checkpointconfig.json'),
    channel: (name) => join(base, 'input', 'data', name),
    model: join(base, 'model'),
    checkpoints: join(base, 'checkpoints'),
    output: join(base, 'output'),
    failure: join(base, 'output', 'failure'),
  };
}
