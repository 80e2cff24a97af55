// Checks an image before it is pushed for what SageMaker would reject later, when a model is created or a job started:
// the repository's name, the platform and the type of manifest.
import { withEngine } from '../../../image/engine/engine';
import { findRunnableImage } from '../../../image/engine/images';
import type { Platform } from '../../../image/engine/platform';
import { UserError } from '../../../platform/errors';

/** The place in ECR for an image. */
export interface Target {
  /** The repository's name. */
  readonly repository: string;
  readonly tag: string;
}

export interface TargetOptions extends Partial<Target> {
  /** Allows a repository without "sagemaker" in its name. */
  anyRepository?: boolean;
}

/** Returns the repository and tag: the options', else the image's own. Throws a {@link UserError} if one is not valid. */
export function chooseTarget(image: string, options: TargetOptions): Target {
  const parts = /^(?:(?:[^/]*[.:][^/]*|localhost)\/)?([^:@]+)(?::([^@]+))?(?:@.*)?$/.exec(image);
  const { repository = parts?.[1] ?? image, tag = parts?.[2] ?? 'latest', anyRepository = false } = options;
  if (!/^[a-z0-9]+([._/-][a-z0-9]+)*$/.test(repository) || repository.length < 2 || repository.length > 256) {
    throw new UserError(
      `"${repository}" is not a valid repository name: ECR allows 2 to 256 lower-case letters and digits, separated by ` +
        '. _ - or /. Choose another: publishImage(image, { repository: … }).',
    );
  }
  if (!anyRepository && !repository.includes('sagemaker')) {
    throw new UserError(
      `AmazonSageMakerFullAccess allows pushing only to repositories with "sagemaker" in their name, unlike "${repository}". ` +
        `Choose another, publishImage(image, { repository: 'sagemaker-${repository}' }). If your role may push to this ` +
        'one, add { anyRepository: true }.',
    );
  }
  if (!/^\w[\w.-]{0,127}$/.test(tag)) {
    throw new UserError(
      `"${tag}" is not a valid tag: up to 128 letters, digits, and . _ - after the first character. Choose another: ` +
        'publishImage(image, { tag: … }).',
    );
  }
  return { repository, tag };
}

/** The only media type of manifests that SageMaker accepts. */
export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** Returns the id of a local image. Throws a {@link UserError} if SageMaker cannot run it on that platform. */
export async function findLocalImage(
  reference: string,
  wanted: { name: string; platform: Platform },
): Promise<string> {
  const { name } = wanted;
  const { Id, Descriptor } = await withEngine((docker) => findRunnableImage(docker, reference, wanted));
  if (Descriptor) checkMediaType(Descriptor.mediaType, name);
  return Id;
}

export function checkMediaType(mediaType: string | undefined, name: string): void {
  if (mediaType === dockerManifest) return;
  throw new UserError(
    `The image ${name} has the media type ${mediaType}. SageMaker accepts only ${dockerManifest}, neither OCI images nor ` +
      'multi-platform indexes. Build it with `docker buildx build --platform=linux/amd64 --provenance=false ' +
      '--output=type=docker,oci-mediatypes=false`, and publish it again.',
  );
}
