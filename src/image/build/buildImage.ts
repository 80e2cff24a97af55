// container/Dockerfile → image, named after its inputs, so that the same inputs are built once. Building is the docker
// command's, everything else the engine's API (dockerEngine.ts).
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
import { dockerfile, hashInputs } from './inputs';
import { type BuildProgress, type BuildStep, describeSteps, followBuild } from './progress';
import { secretArguments } from './secrets';

/** An image of the Docker engine's. */
export interface Image {
  /** Repository and tag. */
  readonly name: string;
  /** The digest of its configuration, sha256:… */
  readonly id: string;
  /** Uncompressed, with all layers. */
  readonly sizeInBytes: number;
}

/** What an image is built from, and who is told. */
export interface BuildOptions {
  /** The image to start from. @default the environment variable BASE_IMAGE, else the official one of Node 24 */
  baseImage?: string | undefined;
  /** The image's repository. AmazonSageMakerFullAccess pushes only to those whose name holds "sagemaker". @default sagemaker-text-classification */
  repository?: string;
  /** The project's folder. */
  folder?: string;
  /** Told about once a second how far the build is. @default shown under the cell */
  onProgress?: (steps: readonly BuildStep[]) => void;
}

/**
 * Builds the container's image for linux/amd64, or finds the one that these inputs have given before. Progress
 * stands under the cell.
 * @throws `UserError` where there is no engine, where the machine cannot do it, or with the last lines of the step that
 * failed
 * @example
 * ```ts docker
 * const image = await workshop.buildImage();
 * console.log(image.name.startsWith('sagemaker-text-classification:')); // true
 * ```
 */
export async function buildImage({
  baseImage = process.env.BASE_IMAGE || undefined,
  repository = 'sagemaker-text-classification',
  folder = projectFolder,
  onProgress = showSteps(),
}: BuildOptions = {}): Promise<Image> {
  const base = baseImage ? [baseImage, (await findImage(baseImage))?.id ?? ''] : [];
  const name = `${repository}:${await hashInputs(folder, base)}`;
  const present = await findImage(name);
  if (present) return present;
  await build(
    folder,
    ['--tag', name, ...(baseImage ? ['--build-arg', `BASE_IMAGE=${baseImage}`] : [])],
    onProgress,
  );
  const built = await findImage(name);
  if (!built) throw new UserError(`The image ${name} was built and is gone: run this again.`);
  return built;
}

/** The image of that name, or undefined where the engine has none. */
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
  const fixed = ['build', '--progress=plain', '--platform=linux/amd64', '--file', dockerfile];
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
      throw new UserError('The build was interrupted. Run it again: it goes on where it stopped.');
    if (code !== 0) throw explainFailure(progress);
  } finally {
    clearInterval(clock);
  }
}

/** An engine that keeps its images in containerd would else make an OCI image, which SageMaker refuses. */
async function outputArguments(): Promise<string[]> {
  const { DriverStatus } = await withEngine(async (docker): Promise<EngineInfo> => await docker.info());
  const isContainerd = DriverStatus?.some(([, value]) => value.startsWith('io.containerd.snapshotter'));
  return isContainerd ? ['--output=type=image,oci-mediatypes=false'] : [];
}

/** What is looked at of `docker info`. */
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
  const unfit = /(apt-get|node): not found/.test(end) ? ` ${baseNeeds}` : '';
  return new UserError(`The image could not be built: ${step.name} failed.${unfit} Its log ends:\n${end}`);
}
