// The session adapter that runs the real image: each job and endpoint is a container with the mounts, files and limits
// that it would have on SageMaker. A child process of the kernel runs each container (program.ts).
import { join } from 'node:path';
import { buildImage } from '../../image/build/buildImage';
import { listContainers, removeContainer } from '../../image/engine/containers';
import { findEngine, withEngine } from '../../image/engine/engine';
import { enginePlatform, findImageToRun } from '../../image/engine/images';
import { outputFolder } from '../../platform/paths';
import { sizeOf } from '../contract/instanceTypes';
import { check } from '../contract/preflight';
import type { Session } from '../contract/session';
import { isRunning } from '../local/record';
import { openLocalSession } from '../local/session';

interface DockerSessionOptions {
  /** Folder of the jobs and endpoints. @default docker/ in the output folder */
  folder?: string;
  /** Name of an existing image. @default the result of `buildImage()`, before each job and endpoint */
  image?: string;
}

export function openDockerSession(options: DockerSessionOptions = {}): Session {
  const { folder = join(outputFolder, 'docker') } = options;
  const imageName = async () =>
    options.image ?? (await buildImage({ platform: await withEngine(enginePlatform) })).name;
  return openLocalSession(folder, {
    kind: 'docker',
    description:
      'Training jobs and endpoints are containers on this machine, of the image that SageMaker would run.',
    publishImage: imageName,
    async program(command, instanceType) {
      const size = instanceType === undefined ? undefined : sizeOf(instanceType);
      await sweep(folder);
      const image = await imageName();
      const { Id: digest } = await withEngine((docker) => findImageToRun(docker, image));
      const request = { command, image, size, digest };
      return { script: join(__dirname, 'program.js'), args: [JSON.stringify(request)] };
    },
    sweep,
    preflight: async () => [await check('Docker engine', findEngine)],
  });
}

/** Removes containers that a killed child process has left behind. */
async function sweep(root: string): Promise<void> {
  await withEngine(async (docker) => {
    for (const { container, folder } of await listContainers(docker, root)) {
      if (!isRunning(folder)) await removeContainer(container);
    }
  });
}
