// What SageMaker would refuse later, when a model is created or a job started, is refused before an image is pushed:
// the repository's name, the platform, the kind of manifest.
import { withEngine } from '../../../image/engine/engine';
import { findRunnableImage } from '../../../image/engine/images';
import { UserError } from '../../../platform/errors';

/** Where in ECR an image goes. */
export interface Target {
  /** The repository's name. */
  readonly repository: string;
  readonly tag: string;
}

export interface TargetOptions extends Partial<Target> {
  /** Allows a repository whose name does not hold "sagemaker". */
  anyRepository?: boolean;
}

/** The image's own repository and tag, as far as the options do not say otherwise. */
export function chooseTarget(image: string, options: TargetOptions): Target {
  const parts = /^(?:(?:[^/]*[.:][^/]*|localhost)\/)?([^:@]+)(?::([^@]+))?(?:@.*)?$/.exec(image);
  const { repository = parts?.[1] ?? image, tag = parts?.[2] ?? 'latest', anyRepository = false } = options;
  if (!/^[a-z0-9]+([._/-][a-z0-9]+)*$/.test(repository) || repository.length < 2 || repository.length > 256) {
    throw new UserError(
      `"${repository}" cannot be a repository’s name: ECR’s have 2 to 256 lower-case letters and digits, joined by ` +
        '. _ - or /. Choose another: publishImage(image, { repository: … }).',
    );
  }
  if (!anyRepository && !repository.includes('sagemaker')) {
    throw new UserError(
      `AmazonSageMakerFullAccess allows pushing only to repositories whose name holds "sagemaker", and "${repository}" ` +
        `does not. Choose another, publishImage(image, { repository: 'sagemaker-${repository}' }), or say that your ` +
        'role may push to this one: { anyRepository: true }.',
    );
  }
  if (!/^\w[\w.-]{0,127}$/.test(tag)) {
    throw new UserError(
      `"${tag}" cannot be a tag: these have up to 128 letters, digits, and . _ - behind the first. Choose another: ` +
        'publishImage(image, { tag: … }).',
    );
  }
  return { repository, tag };
}

/** The one media type of manifests that SageMaker takes. */
export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** The image's id, once it is known to be what SageMaker runs. */
export async function findLocalImage(reference: string, name: string): Promise<string> {
  const { Id, Descriptor } = await withEngine((docker) => findRunnableImage(docker, reference, name));
  if (Descriptor) checkMediaType(Descriptor.mediaType, name);
  return Id;
}

export function checkMediaType(mediaType: string | undefined, name: string): void {
  if (mediaType === dockerManifest) return;
  throw new UserError(
    `The image ${name} is of the type ${mediaType}; SageMaker takes ${dockerManifest} alone, no OCI image and no index ` +
      'of several. Build it with `docker buildx build --platform=linux/amd64 --provenance=false ' +
      '--output=type=docker,oci-mediatypes=false`, and publish it again.',
  );
}
