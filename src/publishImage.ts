// A local image → Amazon ECR, where SageMaker finds it. Checked on the way: the repository's name, the platform and the
// kind of manifest, all that would otherwise fail later, when a model is created.

import { explainDenial } from './awsErrors';
import type { Image } from './buildImage';
import { liveText } from './display';
import { withEngine } from './dockerEngine';
import { connectEcr, permissions, type StoredImage } from './ecr';
import { UserError } from './errors';
import { pushImage } from './pushImage';

export interface PublishOptions {
  /** The repository's name. @default the image's own, without a registry's host */
  repository?: string;
  /** @default the image's own */
  tag?: string;
  /** @default AWS_REGION, AWS_DEFAULT_REGION or the profile's */
  region?: string;
  /** Allows a repository whose name does not hold "sagemaker", for a role with more than AmazonSageMakerFullAccess. */
  anyRepository?: boolean;
  /** Of a repository that is created; those of one that is there stay. @default project: sagemaker-text-classification */
  tags?: Readonly<Record<string, string>>;
  /** Told about once a second how far it is. @default shown under the cell */
  onProgress?: (lines: readonly string[]) => void;
}

/** An image in ECR. */
export interface PublishedImage {
  /** …amazonaws.com/NAME */
  readonly repositoryUri: string;
  readonly tag: string;
  /** The digest of its manifest, sha256:… It names these bytes and no others, whatever becomes of the tag. */
  readonly digest: string;
  /** repositoryUri@digest: what a training job or a model takes. */
  readonly uri: string;
  /** Compressed, as ECR stores and bills it. */
  readonly sizeInBytes: number;
  /** False where it was there already. */
  readonly isNew: boolean;
}

/**
 * Pushes an image of the Docker engine's to ECR, unless it is there, and returns its digest, which ECR has confirmed.
 * Creates the repository where there is none. Interrupting the cell ends the push; run again, it skips the layers that
 * have arrived. Throws a {@link UserError} for an image that SageMaker would refuse, and for whatever keeps it from
 * being pushed.
 */
export async function publishImage(
  image: Image | string,
  options: PublishOptions = {},
): Promise<PublishedImage> {
  const { tags = { project: 'sagemaker-text-classification' }, region, onProgress = showLines() } = options;
  const name = typeof image === 'string' ? image : image.name;
  const { repository, tag } = chooseTarget(name, options);
  const id = await findLocalImage(typeof image === 'string' ? image : image.id, name);

  return await untilInterrupted(async (signal) => {
    const ecr = connectEcr({ region, signal });
    const { uri: repositoryUri, state } = await ecr.openRepository(repository, tags);
    const heading = `${repositoryUri}: ${state}`;
    const describe = (stored: StoredImage, isNew: boolean): PublishedImage => {
      const { digest, sizeInBytes } = stored;
      const uri = `${repositoryUri}@${digest}`;
      const size = `${(sizeInBytes / 1e6).toFixed(1)} MB compressed`;
      onProgress([heading, `${isNew ? 'published' : 'already there'}: ${tag}, ${size}`]);
      return { repositoryUri, tag, digest, uri, sizeInBytes, isNew };
    };

    const present = await ecr.findImage(repository, { imageTag: tag });
    if (present && isSame(present, id) && present.mediaType === dockerManifest)
      return describe(present, false);

    const imageDigest = await pushImage(
      id,
      { repository: repositoryUri, tag },
      {
        signal,
        getPassword: ecr.getPassword,
        explain: (text) => explainDenial(text, 'ECR', permissions),
        onProgress: (lines) => onProgress([heading, ...lines]),
      },
    );
    const published = await ecr.findImage(repository, { imageDigest });
    if (!published) {
      throw new UserError(
        `${imageDigest} was pushed to ${repositoryUri}, but ECR does not have it: it was deleted meanwhile, or the ` +
          'registry is another one’s. Run this again.',
      );
    }
    checkMediaType(published.mediaType, `${repositoryUri}:${tag}`);
    return describe(published, true);
  });
}

function showLines(): (lines: readonly string[]) => void {
  const write = liveText();
  return (lines) => write(lines.join('\n'));
}

/** An engine that keeps images in containerd names them by their manifest, any other one by their configuration. */
function isSame({ configDigest, digest }: StoredImage, id: string): boolean {
  return id === configDigest || id === digest;
}

/** The image's own repository and tag, as far as the options do not say otherwise. */
function chooseTarget(image: string, options: PublishOptions): { repository: string; tag: string } {
  const parts = /^(?:(?:[^/]*[.:][^/]*|localhost)\/)?([^:@]+)(?::([^@]+))?(?:@.*)?$/.exec(image);
  const { repository = parts?.[1] ?? image, tag = parts?.[2] ?? 'latest', anyRepository = false } = options;
  if (
    !/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(repository) ||
    repository.length < 2 ||
    repository.length > 256
  ) {
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
  return { repository, tag };
}

/** The image's id, once it is known to be what SageMaker runs. */
async function findLocalImage(reference: string, name: string): Promise<string> {
  const { Id, Os, Architecture, Descriptor } = await inspect(reference, name);
  const platform = `${Os}/${Architecture}`;
  if (platform !== 'linux/amd64') {
    throw new UserError(
      `The image ${name} is for ${platform}; SageMaker runs it on linux/amd64, where it would end with "exec format ` +
        'error". Build it with buildImage(), or with `docker build --platform=linux/amd64`, on an x86-64 machine.',
    );
  }
  if (Descriptor) checkMediaType(Descriptor.mediaType, name);
  return Id;
}

async function inspect(reference: string, name: string) {
  return await withEngine(async (docker) => {
    try {
      return await docker.getImage(reference).inspect();
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
      throw new UserError(
        `The Docker engine has no image ${name}. buildImage() builds the workshop’s; \`docker images\` lists all.`,
      );
    }
  });
}

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

function checkMediaType(mediaType: string | undefined, name: string): void {
  if (mediaType === dockerManifest) return;
  throw new UserError(
    `The image ${name} is of the type ${mediaType}; SageMaker takes ${dockerManifest} alone, no OCI image and no index ` +
      'of several. Build it with `docker buildx build --platform=linux/amd64 --provenance=false ' +
      '--output=type=docker,oci-mediatypes=false`, and publish it again.',
  );
}

/** Interrupting the kernel ends the work: tslab itself would let it go on unseen. */
async function untilInterrupted<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  process.once('SIGINT', interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new UserError(
      'Interrupted: the push was ended. Run this again to go on; layers that have arrived are skipped.',
    );
  } finally {
    process.off('SIGINT', interrupt);
  }
}
