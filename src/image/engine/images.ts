// Looks up images in the Docker engine.
import type Docker from 'dockerode';
import { UserError } from '../../platform/errors';

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

/** Returns the image of that name or id. Throws a {@link UserError} if there is none, or one for another platform. */
export async function findRunnableImage(
  docker: Docker,
  reference: string,
  name = reference,
): Promise<Docker.ImageInspectInfo> {
  const found = await lookUpImage(docker, reference);
  if (!found) throw noImage(name);
  const platform = `${found.Os}/${found.Architecture}`;
  if (platform === 'linux/amd64') return found;
  throw new UserError(
    `The image ${name} is for ${platform}; SageMaker runs it on linux/amd64, where it would end with "exec format ` +
      'error". Build it with buildImage(), or with `docker build --platform=linux/amd64`, on an x86-64 machine.',
  );
}

export function noImage(name: string): UserError {
  return new UserError(
    `The Docker engine has no image ${name}. buildImage() builds the workshop’s, \`docker pull\` fetches others, ` +
      '`docker images` lists them.',
  );
}
