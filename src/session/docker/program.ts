// Child process of the Docker session: runs a container over its folder and ends with the container's exit code.
import type { ContainerRequest } from '../../image/engine/containers';
import { withEngine } from '../../image/engine/engine';
import { runContainer } from '../../image/engine/run';
import { runMain } from '../../platform/errors';

async function main(given: ContainerRequest): Promise<void> {
  const {
    SAGEMAKER_BASE_DIR: folder = '',
    SAGEMAKER_BIND_TO_PORT: port,
    TRAINING_JOB_NAME: name,
    SAGEMAKER_BATCH: batch,
    SAGEMAKER_MODEL_SERVER_WORKERS: workers,
  } = process.env;
  const request = { ...given, port, name, isBatch: batch === 'true', workers };
  process.exitCode = await withEngine((docker) => runContainer(docker, folder, request));
}

void runMain(() => main(JSON.parse(process.argv[2] as string)));
