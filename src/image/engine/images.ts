// Looks up images in the Docker engine.
import type Docker from 'dockerode';
import { UserError } from '../../platform/errors';
import type { Platform } from './platform';

/** Returns the image of that name or id, or undefined if the engine has none. */
export async function lookUpImage(
  docker: Docker,
  name: string,
): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

interface Wanted {
  /** The image's name for messages. @default the reference */
  name?: string;
  /** @default linux/amd64 */
  platform?: Platform;
}

/** Returns the image of that name or id. Throws a {@link UserError} if there is none, or one for another platform. */
export async function findRunnableImage(
  docker: Docker,
  reference: string,
  { name = reference, platform = 'linux/amd64' }: Wanted = {},
): Promise<Docker.ImageInspectInfo> {
  return expectRunnable(await lookUpImage(docker, reference), { name, platform });
}

function expectRunnable(
  found: Docker.ImageInspectInfo | undefined,
  { name, platform }: Required<Wanted>,
): Docker.ImageInspectInfo {
  if (!found) throw noImage(name);
  const actual = `${found.Os}/${found.Architecture}`;
  if (actual === platform) return found;
  const [option, machine] =
    platform === 'linux/amd64' ? ['', 'x86-64'] : [`{ platform: '${platform}' }`, 'arm64'];
  throw new UserError(
    `The image ${name} is for ${actual}; SageMaker runs it on ${platform}, where it would end with "exec format error". ` +
      `Build it with buildImage(${option}), or with \`docker build --platform=${platform}\`, on an ${machine} machine.`,
  );
}

/** Returns the image to run here: one for SageMaker's x86-64 machines, or one for this engine's own processor. */
export async function findImageToRun(docker: Docker, reference: string): Promise<Docker.ImageInspectInfo> {
  const found = await lookUpImage(docker, reference);
  const isOwn = found?.Architecture === 'arm64' && (await enginePlatform(docker)) === 'linux/arm64';
  return expectRunnable(found, { name: reference, platform: isOwn ? 'linux/arm64' : 'linux/amd64' });
}

/** Returns the platform that the engine runs without emulation. */
export async function enginePlatform(docker: Docker): Promise<Platform> {
  const { Arch } = await docker.version();
  return Arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
}

export function noImage(name: string): UserError {
  return new UserError(
    `The Docker engine has no image ${name}. buildImage() builds the workshop’s, \`docker pull\` fetches others, ` +
      '`docker images` lists them.',
  );
}
