// What the Docker engine knows of an image.
import type Docker from 'dockerode';
import { UserError } from './errors';

/** The image of that name or id, or undefined where the engine has none. */
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

/** The image of that name or id. Throws a {@link UserError} where the engine has none. */
export async function inspectImage(
  docker: Docker,
  reference: string,
  name = reference,
): Promise<Docker.ImageInspectInfo> {
  const found = await lookUpImage(docker, reference);
  if (found) return found;
  throw new UserError(
    `The Docker engine has no image ${name}. buildImage() builds the workshop’s, \`docker pull\` fetches others, ` +
      '`docker images` lists what is here.',
  );
}
