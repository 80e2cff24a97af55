// Which image jobs and endpoints run: one that is named and lies in ECR, else the project's own, built and pushed.
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { buildImage } from '../../../image/build/buildImage';
import { UserError } from '../../../platform/errors';
import type { AwsContext } from '../account/context';
import { publishImage } from './publishImage';

/** As CreateTrainingJob and CreateModel take it, from the API's own repositoryUri. */
export async function findImageUri(context: AwsContext): Promise<string> {
  const named = context.options.image ?? process.env.IMAGE_URI;
  if (named) return await checkImage(context, named);
  const image = await buildImage();
  const tags = Object.fromEntries(context.tags.map(({ Key, Value }) => [Key, Value])) as Record<
    string,
    string
  >;
  context.recordCreation('repository', image.name.replace(/:.*$/, ''));
  return (await publishImage(image, { region: context.place.region.value, tags })).uri;
}

/** Throws a {@link UserError} where ECR has no such image. */
async function checkImage({ clients }: AwsContext, uri: string): Promise<string> {
  const { registryId, repositoryName, imageId } = parseImageUri(uri);
  const { images = [] } = await clients.ecr.send(
    new BatchGetImageCommand({ registryId, repositoryName, imageIds: [imageId] }),
  );
  if (images.length > 0) return uri;
  throw new UserError(
    `ECR has no image ${uri}. Name one that is there, or leave it out to build and push one.`,
  );
}

/** The parts of an image's address in ECR. Throws a {@link UserError} for anything else. */
export function parseImageUri(uri: string) {
  const [, registryId, repositoryName, separator, reference] =
    /^(\d{12})\.dkr\.ecr\.[^/]+\/([^:@]+)([:@])(.+)$/.exec(uri) ?? [];
  if (!registryId || !repositoryName || !reference) {
    throw new UserError(
      `"${uri}" is no image in ECR; one is written ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG or …@sha256:…`,
    );
  }
  const imageId = separator === '@' ? { imageDigest: reference } : { imageTag: reference };
  return { registryId, repositoryName, imageId };
}
