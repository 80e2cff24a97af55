// Chooses the image of jobs and endpoints: one in ECR that you name, else the project's own, built and pushed.
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { buildImage } from '../../../image/build/buildImage';
import { UserError } from '../../../platform/errors';
import type { AwsClients } from '../account/clients';
import type { AwsContext } from '../account/context';
import { publishImage } from './publishImage';

/** Returns the image's URI as CreateTrainingJob and CreateModel expect it. */
export async function findImageUri(context: AwsContext): Promise<string> {
  const named = context.options.image ?? process.env.IMAGE_URI;
  if (named) {
    await findStoredImage(context.clients, named);
    return named;
  }
  const image = await buildImage();
  const tags = Object.fromEntries(context.tags.map(({ Key, Value }) => [Key, Value])) as Record<
    string,
    string
  >;
  context.recordCreation('repository', image.name.replace(/:.*$/, ''));
  const { kmsKey } = context.options;
  const region = context.place.region.value;
  return (await publishImage(image, { region, tags, ...(kmsKey && { kmsKey }) })).uri;
}

/** Returns an image in ECR and its repository. Throws a {@link UserError} if ECR does not have it. */
export async function findStoredImage({ ecr }: Pick<AwsClients, 'ecr'>, uri: string) {
  const { imageId, ...repository } = parseImageUri(uri);
  const command = new BatchGetImageCommand({ ...repository, imageIds: [imageId] });
  const { images: [image] = [] } = await ecr.send(command);
  if (image) return { image, repository };
  throw new UserError(`ECR has no image ${uri}. Publish it, or leave it out to build one.`);
}

/** Splits an image's URI in ECR into its parts. Throws a {@link UserError} for anything else. */
function parseImageUri(uri: string) {
  const [, registryId, repositoryName, separator, reference] =
    /^(\d{12})\.dkr\.ecr\.[^/]+\/([^:@]+)([:@])(.+)$/.exec(uri) ?? [];
  if (!registryId || !repositoryName || !reference) {
    throw new UserError(
      `"${uri}" is not the URI of an image in ECR. Write it as ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG or …@sha256:…`,
    );
  }
  const imageId = separator === '@' ? { imageDigest: reference } : { imageTag: reference };
  return { registryId, repositoryName, imageId };
}
