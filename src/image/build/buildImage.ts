// Builds the image from container/Dockerfile and names it after its inputs, so that the same inputs are built once. The
// docker command builds; everything else uses the engine's API (engine.ts).
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { liveText } from '../../display/display';
import { whileInterruptible } from '../../display/interruptible';
import { startProcess } from '../../platform/childStart';
import { UserError } from '../../platform/errors';
import { projectFolder } from '../../platform/paths';
import { buildEnvironment, findDocker } from '../engine/command';
import { engineAddress, explainEngineText, withEngine } from '../engine/engine';
import { lookUpImage } from '../engine/images';
import type { Platform } from '../engine/platform';
import { dockerfile, hashInputs } from './inputs';
import { type BuildProgress, type BuildStep, describeSteps, followBuild } from './progress';
import { secretArguments } from './secrets';

/** An image in the Docker engine. */
export interface Image {
  /** Repository and tag. */
  readonly name: string;
  /** The digest of its configuration, sha256:… */
  readonly id: string;
  /** Uncompressed size of all layers. */
  readonly sizeInBytes: number;
}

/** Options of `buildImage()`. */
export interface BuildOptions {
  /** The base image. @default the environment variable BASE_IMAGE, else the official one of Node 24 */
  baseImage?: string | undefined;
  /** The image's repository. AmazonSageMakerFullAccess can push only to names that contain "sagemaker". @default sagemaker-text-classification */
  repository?: string;
  /** linux/arm64 is for endpoints on Graviton instances (ml.c7g, ml.m6g, …); its tag ends with -arm64. @default linux/amd64 */
  platform?: Platform;
  /** The project's folder. */
  folder?: string;
  /** Called about once a second with the progress. @default shows it under the cell */
  onProgress?: (steps: readonly BuildStep[]) => void;
}

/**
 * Builds the container's image for one platform, or returns the existing one for the same inputs. Shows the progress under
 * the cell.
 * @throws `UserError` if the engine is not running, if the machine cannot build the image, or if a step fails, with its last lines
 * @example
 * ```ts docker
 * const image = await workshop.buildImage();
 * console.log(image.name.startsWith('sagemaker-text-classification:')); // true
 * ```
 */
export async function buildImage({
  baseImage = process.env.BASE_IMAGE || undefined,
  repository = 'sagemaker-text-classification',
  platform = 'linux/amd64',
  folder = projectFolder,
  onProgress = showSteps(),
}: BuildOptions = {}): Promise<Image> {
  const base = baseImage ? [baseImage, (await findImage(baseImage))?.id ?? ''] : [];
  // Two images, never an index of both: SageMaker rejects one.
  const suffix = platform === 'linux/arm64' ? '-arm64' : '';
  const name = `${repository}:${await hashInputs(folder, base)}${suffix}`;
  const present = await findImage(name);
  if (present) return present;
  await build(
    folder,
    ['--platform', platform, '--tag', name, ...(baseImage ? ['--build-arg', `BASE_IMAGE=${baseImage}`] : [])],
    onProgress,
  );
  const built = await findImage(name);
  if (!built) throw new UserError(`The image ${name} was built but no longer exists. Run this again.`);
  return built;
}

/** Returns the image of that name, or undefined if the engine has none. */
export async function findImage(name: string): Promise<Image | undefined> {
  const found = await withEngine((docker) => lookUpImage(docker, name));
  return found && { name, id: found.Id, sizeInBytes: found.Size };
}

function showSteps(): (steps: readonly BuildStep[]) => void {
  const write = liveText();
  return (steps) => write(describeSteps(steps).join('\n'));
}

async function build(
  folder: string,
  options: readonly string[],
  onProgress: (steps: readonly BuildStep[]) => void,
): Promise<void> {
  const fixed = ['build', '--progress=plain', '--file', dockerfile];
  const output = await outputArguments();
  const start = () =>
    spawn(findDocker(), [...fixed, ...output, ...secretArguments(), ...options, '.'], {
      cwd: folder,
      env: { ...process.env, ...buildEnvironment, DOCKER_HOST: engineAddress() },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const child = await startProcess('docker build', start);
  const progress = followBuild();
  createInterface(child.stderr).on('line', progress.read);
  const clock = setInterval(() => onProgress(progress.steps()), 1000);
  let interrupted = false;
  const stop = () => {
    interrupted = child.kill('SIGINT');
  };
  try {
    const closed = new Promise((done) => child.once('close', done));
    const code = await whileInterruptible(stop, () => closed);
    onProgress(progress.steps());
    if (interrupted)
      throw new UserError('The build was interrupted. Run it again: it continues where it stopped.');
    if (code !== 0) throw explainFailure(progress);
  } finally {
    clearInterval(clock);
  }
}

/** By default, an engine with containerd's image store makes an OCI image, which SageMaker rejects. */
async function outputArguments(): Promise<string[]> {
  const { DriverStatus } = await withEngine(async (docker): Promise<EngineInfo> => await docker.info());
  const isContainerd = DriverStatus?.some(([, value]) => value.startsWith('io.containerd.snapshotter'));
  return isContainerd ? ['--output=type=image,oci-mediatypes=false'] : [];
}

/** The parts of `docker info` used here. */
interface EngineInfo {
  readonly DriverStatus?: readonly (readonly [name: string, value: string])[];
}

const shownLines = 15;
const baseNeeds =
  'BASE_IMAGE must name a Debian or Ubuntu with apt-get, glibc 2.31 or later, and Node 20.12 or later with npm.';

function explainFailure({ failure, messages }: BuildProgress): UserError {
  const step = failure();
  const log = step ? [...step.log, step.reason ?? ''] : messages;
  const known = explainEngineText(log.join('\n'));
  if (known) return known;
  const end = log.slice(-shownLines).join('\n');
  if (!step) return new UserError(`The image could not be built:\n${end}`);
  if (step.name.startsWith('[internal] load metadata')) {
    const base = step.name.replace('[internal] load metadata for ', '');
    return new UserError(
      `The base image ${base} is neither here nor can it be pulled: ${step.reason}. Name another: ${baseNeeds}`,
    );
  }
  const advice = /(apt-get|node): not found/.test(end) ? ` ${baseNeeds}` : '';
  return new UserError(`The image could not be built: ${step.name} failed.${advice} Its log ends:\n${end}`);
}
