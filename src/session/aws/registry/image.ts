// Chooses the image of jobs and endpoints: one in ECR that you name, else the project's own, built and pushed.
import { BatchGetImageCommand, type ECRClient, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import { buildImage } from '../../../image/build/buildImage';
import type { Platform } from '../../../image/engine/platform';
import { UserError } from '../../../platform/errors';
import type { AwsClients } from '../account/clients';
import type { AwsContext } from '../account/context';
import { fetchFromAws } from '../account/proxyHandler';
import { publishImage } from './publishImage';

/** Returns the image's URI as CreateTrainingJob and CreateModel expect it. */
export async function findImageUri(context: AwsContext, platform: Platform): Promise<string> {
  const named = context.options.image ?? process.env.IMAGE_URI;
  if (named) {
    await expectPlatform(context, named, platform);
    return named;
  }
  const image = await buildImage({ platform });
  const tags = Object.fromEntries(context.tags.map(({ Key, Value }) => [Key, Value])) as Record<
    string,
    string
  >;
  context.recordCreation('repository', image.name.replace(/:.*$/, ''));
  const { kmsKey } = context.options;
  const region = context.place.region.value;
  return (await publishImage(image, { region, tags, platform, ...(kmsKey && { kmsKey }) })).uri;
}

/** Throws a {@link UserError} if ECR does not have an image, or it does not run on the platform. */
export async function expectPlatform(context: AwsContext, uri: string, platform: Platform): Promise<void> {
  const { image, repository } = await findStoredImage(context.clients, uri);
  // The preflight has checked for the usual platform.
  if (platform !== 'linux/arm64') return;
  const manifest = JSON.parse(image.imageManifest ?? '{}') as Manifest;
  const found = await readPlatform(context.clients.ecr, repository, manifest).catch(() => platform);
  if (found !== platform) throw needsArm64(uri, found);
}

function needsArm64(uri: string, platform: string): UserError {
  return new UserError(
    `The endpoint's instance type has a Graviton processor, which needs an image for linux/arm64; ${uri} is for ` +
      `${platform}. Choose an instance type without a "g" after its generation, such as ml.m5.large, or leave out the ` +
      'image: buildImage() then builds the one for linux/arm64.',
  );
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

export interface Manifest {
  mediaType?: string;
  config?: { digest?: string };
}

/** Reads the platform from the image's configuration, which ECR serves like a layer. */
export async function readPlatform(
  ecr: ECRClient,
  repository: { registryId: string; repositoryName: string },
  { config }: Manifest,
): Promise<string> {
  const layer = new GetDownloadUrlForLayerCommand({ ...repository, layerDigest: config?.digest });
  const { downloadUrl = '' } = await ecr.send(layer);
  const { os, architecture } = (await (await fetchFromAws(downloadUrl)).json()) as Record<string, string>;
  return `${os}/${architecture}`;
}
