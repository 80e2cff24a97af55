// Where SageMaker's container contract puts things: the folder laid out like /opt/ml. SAGEMAKER_BASE_DIR moves it.
// Contract: "Amazon SageMaker AI Developer Guide", use your own training algorithms / inference code.
import { join } from 'node:path';

/** The environment variable that gives the container the digest of its image. */
export const imageVariable = 'IMAGE_DIGEST';

export interface BaseDirectory {
  hyperparameters: string;
  /** The job's channels and how each is read. */
  inputDataConfig: string;
  /** The job's hosts, and which of them this is. */
  resourceConfig: string;
  /** Exists where the job is to keep checkpoints, and says where. */
  checkpointConfig: string;
  channel(name: string): string;
  model: string;
  /** Where checkpoints are kept unless said otherwise; SageMaker copies them to S3 and back. */
  checkpoints: string;
  output: string;
  /** Its first 1,024 characters become the training job's FailureReason. */
  failure: string;
}

/** The paths under a base folder, which is /opt/ml in a container. */
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
