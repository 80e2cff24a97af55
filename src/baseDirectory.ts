// Where SageMaker's container contract puts things: the folder laid out like /opt/ml. SAGEMAKER_BASE_DIR moves it.
// Contract: "Amazon SageMaker AI Developer Guide", use your own training algorithms / inference code.
import { join } from 'node:path';

export interface BaseDirectory {
  hyperparameters: string;
  channel(name: string): string;
  model: string;
  /** Exists where the job is to keep checkpoints; SageMaker copies them to S3 and back. */
  checkpoints: string;
  output: string;
  /** Its first 1,024 characters become the training job's FailureReason. */
  failure: string;
}

/** The paths under a base folder, which is /opt/ml in a container. */
export function baseDirectory(base = process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml'): BaseDirectory {
  return {
    hyperparameters: join(base, 'input', 'config', 'hyperparameters.json'),
    channel: (name) => join(base, 'input', 'data', name),
    model: join(base, 'model'),
    checkpoints: join(base, 'checkpoints'),
    output: join(base, 'output'),
    failure: join(base, 'output', 'failure'),
  };
}
