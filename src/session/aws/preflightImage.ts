// The image, before a job or an endpoint needs it: of one that is named, what ECR has; else what building one needs.
import { BatchGetImageCommand, type ECRClient, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import { findEngine } from '../../image/engine/engine';
import { UserError } from '../../platform/errors';
import { briefSeconds, fetchWithin } from '../../platform/fetchWithin';
import { check, type Finding } from '../contract/preflight';
import type { Check } from '../contract/session';
import type { AwsClients } from './account/clients';
import type { AwsSessionOptions } from './account/options';
import { parseImageUri } from './registry/image';

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const platform = 'linux/amd64';

export function checkImage({ ecr }: AwsClients, options: AwsSessionOptions): Promise<Check>[] {
  const uri = options.image ?? process.env.IMAGE_URI;
  return uri ? [check('image', () => look(ecr, uri))] : [check('Docker engine', findEngine)];
}

async function look(ecr: ECRClient, uri: string): Promise<Finding> {
  const { registryId, repositoryName, imageId } = parseImageUri(uri);
  const { images = [] } = await ecr.send(
    new BatchGetImageCommand({ registryId, repositoryName, imageIds: [imageId] }),
  );
  const [image] = images;
  if (!image) throw new UserError(`ECR has no image ${uri}. Publish it, or leave it out to build one.`);
  const manifest = JSON.parse(image.imageManifest ?? '{}') as Manifest;
  const type = image.imageManifestMediaType ?? manifest.mediaType ?? 'unknown';
  if (type !== dockerManifest) {
    return {
      finding: `${uri} is of the type ${type}`,
      remedy: `SageMaker takes ${dockerManifest} alone. Build it with buildImage(), and publish it again.`,
    };
  }
  if (!repositoryName.includes('sagemaker')) {
    return {
      finding: `${uri} lies in a repository whose name does not hold "sagemaker"`,
      remedy: 'AmazonSageMakerFullAccess does not reach it: rename it, or allow the role to pull from it.',
    };
  }
  const found = await readPlatform(ecr, { registryId, repositoryName }, manifest).catch(() => undefined);
  if (!found) {
    return {
      unknown: `${uri} is there, of the right type; its platform cannot be read`,
      remedy: `It must be for ${platform}: allow ecr:GetDownloadUrlForLayer to have that looked at.`,
    };
  }
  if (found === platform) return { finding: `${uri} is there, of the right type, for ${platform}` };
  return {
    finding: `${uri} is for ${found}`,
    remedy: `SageMaker’s machines here are ${platform}: build it with buildImage(), or --platform=${platform}.`,
  };
}

interface Manifest {
  mediaType?: string;
  config?: { digest?: string };
}

/** From the image's configuration, which lies in ECR as a layer does. */
async function readPlatform(
  ecr: ECRClient,
  repository: { registryId: string; repositoryName: string },
  { config }: Manifest,
): Promise<string> {
  const layer = new GetDownloadUrlForLayerCommand({ ...repository, layerDigest: config?.digest });
  const { downloadUrl = '' } = await ecr.send(layer);
  const { os, architecture } = (await (await fetchWithin(briefSeconds, downloadUrl)).json()) as Record<
    string,
    string
  >;
  return `${os}/${architecture}`;
}
