// Checks the image before a job or an endpoint needs it: the one in ECR if you name one, else that Docker can build it.
import { findEngine } from '../../image/engine/engine';
import { check, type Finding } from '../contract/preflight';
import type { Check } from '../contract/session';
import type { AwsClients } from './account/clients';
import type { AwsSessionOptions } from './account/options';
import { findStoredImage, type Manifest, readPlatform } from './registry/image';
import { dockerManifest } from './registry/imageChecks';

const platform = 'linux/amd64';

export async function checkImage(clients: AwsClients, options: AwsSessionOptions): Promise<Check> {
  const uri = options.image ?? process.env.IMAGE_URI;
  if (uri) return await check('image', () => look(clients, uri));
  const engine = await check('Docker engine', findEngine);
  if (engine.result === 'ok') return engine;
  const other = 'Or build the image with CodeBuild and set IMAGE_URI: docs/aws.md.';
  return { ...engine, remedy: `${engine.remedy} ${other}` };
}

async function look({ ecr }: AwsClients, uri: string): Promise<Finding> {
  const { image, repository } = await findStoredImage({ ecr }, uri);
  const manifest = JSON.parse(image.imageManifest ?? '{}') as Manifest;
  const type = image.imageManifestMediaType ?? manifest.mediaType ?? 'unknown';
  if (type !== dockerManifest) {
    return {
      finding: `${uri} has the media type ${type}`,
      remedy: `SageMaker accepts only ${dockerManifest}. Build it with buildImage(), and publish it again.`,
    };
  }
  if (!repository.repositoryName.includes('sagemaker')) {
    return {
      finding: `${uri} is in a repository without "sagemaker" in its name`,
      remedy: 'AmazonSageMakerFullAccess does not cover it: rename it, or allow the role to pull from it.',
    };
  }
  const found = await readPlatform(ecr, repository, manifest).catch(() => undefined);
  if (!found) {
    return {
      unknown: `${uri} exists and has the right media type, but its platform cannot be read`,
      remedy: `It must be for ${platform}. Allow ecr:GetDownloadUrlForLayer to have this checked.`,
    };
  }
  if (found === platform)
    return { finding: `${uri} exists, has the right media type and is for ${platform}` };
  return {
    finding: `${uri} is for ${found}`,
    remedy: `SageMaker’s instances are ${platform}: build it with buildImage(), or --platform=${platform}.`,
  };
}
