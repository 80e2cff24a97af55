// A local image → Amazon ECR, where SageMaker finds it, unless it is there. What it is checked for: imageChecks.ts.

import { liveText } from '../../../display/display';
import { whileInterruptible } from '../../../display/interruptible';
import type { Image } from '../../../image/build/buildImage';
import { UserError } from '../../../platform/errors';
import { explainDenial } from '../account/errors';
import { connectEcr, permissions, type StoredImage } from './ecr';
import { checkMediaType, chooseTarget, dockerManifest, findLocalImage } from './imageChecks';
import { pushImage } from './pushImage';

/** Where an image goes, and who is told. */
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
 * Pushes an image of the Docker engine's to Amazon ECR, unless it is there, and returns its digest, which ECR has
 * confirmed. Creates the repository where there is none. Progress stands under the cell; interrupting the cell ends
 * the push, and the next one skips the layers that have arrived. Credentials are those that AWS's own tools use.
 * @param image what `buildImage()` returned, or any image's name
 * @throws `UserError` for an image that SageMaker would refuse (another platform than linux/amd64, an OCI image), for a
 * repository outside AmazonSageMakerFullAccess, and for what keeps the image from being pushed
 * @example
 * ```ts ecr
 * const published = await workshop.publishImage(image);
 * console.log(published.uri.split('@')[0].split('/')[1]); // sagemaker-text-classification
 * console.log(published.uri.endsWith(published.digest)); // true
 * ```
 */
export async function publishImage(
  image: Image | string,
  options: PublishOptions = {},
): Promise<PublishedImage> {
  const { tags = { project: 'sagemaker-text-classification' }, region, onProgress = showLines() } = options;
  const { name, id: reference } = typeof image === 'string' ? { name: image, id: image } : image;
  const { repository, tag } = chooseTarget(name, options);
  const id = await findLocalImage(reference, name);

  return await untilInterrupted(async (signal) => {
    const ecr = connectEcr({ region, signal });
    const { uri: repositoryUri, state } = await ecr.openRepository(repository, tags);
    const tell = (lines: readonly string[]) => onProgress([`${repositoryUri}: ${state}`, ...lines]);
    const describe = ({ digest, sizeInBytes }: StoredImage, isNew: boolean): PublishedImage => {
      const size = `${(sizeInBytes / 1e6).toFixed(1)} MB compressed`;
      tell([`${isNew ? 'published' : 'already there'}: ${tag}, ${size}`]);
      return { repositoryUri, tag, digest, uri: `${repositoryUri}@${digest}`, sizeInBytes, isNew };
    };

    const present = await ecr.findImage(repository, { imageTag: tag });
    if (present && isUsable(present, id)) return describe(present, false);

    const imageDigest = await pushImage(
      id,
      { repository: repositoryUri, tag },
      {
        signal,
        getPassword: ecr.getPassword,
        explain: (text) => explainDenial(text, 'ECR', permissions),
        onProgress: tell,
      },
    );
    const published = await ecr.findImage(repository, { imageDigest });
    if (!published) {
      throw new UserError(
        `${imageDigest} was pushed to ${repositoryUri}, but ECR does not have it: it was deleted meanwhile, or the ` +
          'registry is not ECR’s. Run this again.',
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
function isUsable({ configDigest, digest, mediaType }: StoredImage, id: string): boolean {
  return mediaType === dockerManifest && (id === configDigest || id === digest);
}

/** Interrupting the kernel ends the work. */
async function untilInterrupted<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    return await whileInterruptible(
      () => controller.abort(),
      () => work(signal),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new UserError(
      'Interrupted: the push was ended. Run this again to go on; layers that have arrived are skipped.',
    );
  }
}
