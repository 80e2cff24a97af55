// Publishes a local image to Amazon ECR, unless ECR has it already. imageChecks.ts has the checks before it.

import { liveText } from '../../../display/display';
import { whileInterruptible } from '../../../display/interruptible';
import type { Image } from '../../../image/build/buildImage';
import type { Platform } from '../../../image/engine/platform';
import { UserError } from '../../../platform/errors';
import { explainDenial } from '../account/errors';
import { connectEcr, permissions, type StoredImage } from './ecr';
import { checkMediaType, chooseTarget, dockerManifest, findLocalImage } from './imageChecks';
import { pushImage } from './pushImage';

/** Settings of `publishImage()`. */
export interface PublishOptions {
  /** Name of the repository. @default the image's name, without a registry's host */
  repository?: string;
  /** Tag in the repository. @default the image's tag */
  tag?: string;
  /** The image's platform: linux/arm64 is for endpoints on Graviton instances. @default linux/amd64 */
  platform?: Platform;
  /** AWS region. @default AWS_REGION, AWS_DEFAULT_REGION or the profile's */
  region?: string;
  /** Allows a repository without "sagemaker" in its name, for a role with more than AmazonSageMakerFullAccess. */
  anyRepository?: boolean;
  /** Tags for a new repository; an existing one keeps its own. @default project: sagemaker-text-classification */
  tags?: Readonly<Record<string, string>>;
  /** Id, alias or ARN of the KMS key of a new repository. @default ECR's own key */
  kmsKey?: string;
  /** Receives the progress about once a second. @default shown under the cell */
  onProgress?: (lines: readonly string[]) => void;
}

/** An image in ECR. */
export interface PublishedImage {
  /** URI of the repository: …amazonaws.com/NAME */
  readonly repositoryUri: string;
  readonly tag: string;
  /** Digest of the manifest, sha256:… It always names this very image, even if the tag moves on. */
  readonly digest: string;
  /** URI for training jobs and models: repositoryUri@digest */
  readonly uri: string;
  /** Compressed size, which ECR stores and bills. */
  readonly sizeInBytes: number;
  /** False if ECR had the image already. */
  readonly isNew: boolean;
}

/**
 * Pushes a local image to Amazon ECR, unless ECR has it already, and returns its digest as confirmed by ECR. Creates the
 * repository if it does not exist. Shows the progress under the cell. Interrupting the cell stops the push; the next push
 * skips the layers that have arrived. Uses the same credentials as AWS's own tools.
 * @param image the result of `buildImage()`, or the name of any image
 * @throws `UserError` if SageMaker would reject the image (another platform, or an OCI image), if
 * AmazonSageMakerFullAccess does not cover the repository, or if the push fails
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
  const { tags = { project: 'sagemaker-text-classification' }, kmsKey, platform = 'linux/amd64' } = options;
  const { region, onProgress = showLines() } = options;
  const { name, id: reference } = typeof image === 'string' ? { name: image, id: image } : image;
  const { repository, tag } = chooseTarget(name, options);
  const id = await findLocalImage(reference, { name, platform });

  return await untilInterrupted(async (signal) => {
    const ecr = connectEcr({ region, signal });
    const { uri: repositoryUri, state } = await ecr.openRepository(repository, { tags, kmsKey });
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
        explain: (error) => explainDenial(error, error.message, { service: 'ECR', advice: permissions }),
        onProgress: tell,
      },
    );
    const published = await ecr.findImage(repository, { imageDigest });
    if (!published) {
      throw new UserError(
        `${imageDigest} was pushed to ${repositoryUri}, but ECR does not have it: it has been deleted since, or the ` +
          'registry is not ECR. Run this again.',
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

/** Returns whether ECR's image is the local one. Engines with the containerd store use the manifest's digest as id. */
function isUsable({ configDigest, digest, mediaType }: StoredImage, id: string): boolean {
  return mediaType === dockerManifest && (id === configDigest || id === digest);
}

/** Does work that stops when the user interrupts the kernel. */
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
      'Interrupted: the push has stopped. Run this again to continue; layers that have arrived are skipped.',
      { cause: error },
    );
  }
}
