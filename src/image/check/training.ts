// Runs an image's `train` in a container and checks its end.
import type Docker from 'dockerode';
import { removeContainer } from '../engine/containers';
import type { FileEntry } from '../engine/tarball';
import { createFolders, type Folders, jobFiles, listModel, readFailure, trainingBinds } from './folders';
import { fail, type Subject } from './subject';
import { lastWords, startContainer, untilEnd } from './trial';

export interface Ended {
  exitCode: number;
  seconds: number;
  /** The content of the failure file, else the end of the log. */
  reason: string;
}

const environment = [
  'TRAINING_JOB_NAME=image-test',
  'TRAINING_JOB_ARN=arn:aws:sagemaker:us-east-1:123456789012:training-job/image-test',
];

/** Starts a container that trains over these folders; `host` is the engine's own settings. */
export async function startTraining(
  subject: Subject,
  { volumes }: Folders,
  host: Docker.HostConfig = {},
  user = '',
): Promise<Docker.Container> {
  return await startContainer(subject, 'train', {
    Env: environment,
    User: user,
    HostConfig: { Binds: trainingBinds(volumes), ...host },
  });
}

/** Waits for the end of training, successful or not. */
export async function untilTrained(
  { settings }: Subject,
  container: Docker.Container,
  folders: Folders,
): Promise<Ended> {
  const begun = performance.now();
  const limit = settings.seconds.training;
  const exitCode = await untilEnd(container, limit);
  if (exitCode === undefined) {
    await removeContainer(container);
    fail(
      `Training had not ended after ${limit} s.`,
      'Give it less to do (options channels and hyperparameters) or more time (seconds.training).',
    );
  }
  const seconds = (performance.now() - begun) / 1000;
  const failure = await readFailure(folders);
  return {
    exitCode,
    seconds,
    reason: failure === '' ? await lastWords(container) : `The failure file: ${failure}`,
  };
}

/** Returns the artifact's files. Fails if training has failed or left none. */
export async function expectArtifact(
  { exitCode, reason }: Ended,
  folders: Folders,
  remedy: string,
): Promise<FileEntry[]> {
  if (exitCode !== 0) fail(`Training ended with exit code ${exitCode}. ${reason}`, remedy);
  const files = await listModel(folders);
  if (files.length === 0) {
    fail(
      'Training ended with exit code 0 and left nothing in /opt/ml/model: SageMaker would store an empty artifact.',
      'Save the model there before the program ends.',
    );
  }
  return files;
}

/** Trains in new folders and expects an artifact. */
export async function expectTraining(
  subject: Subject,
  remedy: string,
  { hyperparameters = subject.settings.hyperparameters, host = {} as Docker.HostConfig } = {},
): Promise<string> {
  const folders = await createFolders(subject, jobFiles(subject.settings.channels, hyperparameters));
  const ended = await untilTrained(subject, await startTraining(subject, folders, host), folders);
  await expectArtifact(ended, folders, remedy);
  return `exit code 0 after ${ended.seconds.toFixed(1)} s`;
}
