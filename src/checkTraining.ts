// Checks of an image's `train`, each with a job of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { Finding, fail, type Subject } from './imageCheck';
import { createFolders, type Folders, jobInput, listModel, readFailure, trainingBinds } from './imageFolders';
import { lastWords, removeContainer, signalContainer, startContainer, untilEnd } from './imageTrial';
import type { FileEntry } from './tarball';

interface Ended {
  exitCode: number;
  seconds: number;
  /** The failure file, else the end of the log. */
  reason: string;
}

const environment = [
  'TRAINING_JOB_NAME=image-test',
  'TRAINING_JOB_ARN=arn:aws:sagemaker:us-east-1:123456789012:training-job/image-test',
];

async function startTraining(
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

async function untilTrained(
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
  return { exitCode, seconds, reason: failure === '' ? await lastWords(container) : `It says: ${failure}` };
}

/** The artifact's files. Fails where training has not succeeded, or has left none. */
async function expectArtifact(
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

/** Trains in new folders, and expects an artifact. */
async function expectTraining(
  subject: Subject,
  remedy: string,
  { hyperparameters = subject.settings.hyperparameters, host = {} as Docker.HostConfig } = {},
): Promise<string> {
  const folders = await createFolders(subject, jobInput(subject.settings.channels, hyperparameters));
  const ended = await untilTrained(subject, await startTraining(subject, folders, host), folders);
  await expectArtifact(ended, folders, remedy);
  return `exit code 0 after ${ended.seconds.toFixed(1)} s`;
}

/** Training on the channels ends with exit code 0 and files in model/. */
export async function checkTraining(subject: Subject): Promise<string> {
  const { job } = subject;
  const ended = await untilTrained(subject, await startTraining(subject, job), job);
  subject.trainingSeconds = ended.seconds;
  const remedy = 'The options channels and hyperparameters say what it is given: mend them, or the program.';
  const files = await expectArtifact(ended, job, remedy);
  const names = files.map(({ path }) => path);
  return `exit code 0, in model/: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
}

/** No links in the artifact. */
export async function checkArtifact({ job }: Subject): Promise<string> {
  const files = await listModel(job);
  const link = files.find(({ isSymbolicLink }) => isSymbolicLink);
  if (link) {
    fail(
      `model/${link.path} is a symbolic link, which SageMaker does not take in an archive.`,
      'Copy the file itself into /opt/ml/model.',
    );
  }
  const bytes = files.reduce((total, { size }) => total + size, 0);
  return `${files.length} file(s), ${(bytes / 1e6).toFixed(1)} MB, no symbolic link`;
}

/** Values in quotes, and keys that begin with sagemaker_, as the SageMaker Python SDK sends them. */
export async function checkQuotedHyperparameters(subject: Subject): Promise<string> {
  const given = { ...subject.settings.hyperparameters, sagemaker_region: 'us-east-1' };
  const hyperparameters = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  return await expectTraining(
    subject,
    'The SageMaker Python SDK sends every value as JSON ("\\"2\\"") and adds keys that begin with sagemaker_: ' +
      'parse the values as JSON where they are JSON, and pass over those keys.',
    { hyperparameters },
  );
}

/** Bad data: another exit code than 0, and the reason in the failure file. */
export async function checkBadData(subject: Subject): Promise<string> {
  const { badChannels, hyperparameters } = subject.settings;
  return await expectFailure(subject, 'bad data', jobInput(badChannels, hyperparameters));
}

/** Bad hyperparameters: another exit code than 0, and the reason in the failure file. */
export async function checkBadHyperparameters(subject: Subject): Promise<string> {
  const { channels, badHyperparameters } = subject.settings;
  return await expectFailure(subject, 'bad hyperparameters', jobInput(channels, badHyperparameters));
}

async function expectFailure(
  subject: Subject,
  what: string,
  input: Readonly<Record<string, string>>,
): Promise<string> {
  const folders = await createFolders(subject, input);
  const { exitCode } = await untilTrained(subject, await startTraining(subject, folders), folders);
  if (exitCode === 0) {
    fail(
      `Training with ${what} ended with exit code 0: SageMaker would call the job Completed.`,
      'End the program with another exit code where training fails.',
    );
  }
  const failure = await readFailure(folders);
  if (failure === '') {
    fail(
      `Training with ${what} ended with exit code ${exitCode} and wrote no /opt/ml/output/failure: the job's ` +
        'FailureReason would not say why.',
      'Write the reason into that file before the program ends; its first 1,024 characters are shown.',
    );
  }
  return `exit code ${exitCode}: ${failure.slice(0, 200)}`;
}

/** Training without any network. */
export async function checkTrainingOffline(subject: Subject): Promise<string> {
  return await expectTraining(
    subject,
    'With network isolation a container reaches nothing: what training needs belongs into the image or a channel.',
    { host: { NetworkMode: 'none' } },
  );
}

/** A user that the image does not know, whom only output/, model/ and /tmp let write. */
export const otherUser = { id: 10001, name: '10001:10001' };
export const readOnlyHost: Docker.HostConfig = { ReadonlyRootfs: true, Tmpfs: { '/tmp': '' } };
export const otherUserRemedy =
  'SageMaker itself runs containers as root; where others run the image they may not. Write nowhere but into ' +
  '/opt/ml/model, /opt/ml/output and /tmp, and let everybody read the program (chmod -R a+rX).';

/** Training as an arbitrary user over a read-only root file system and a read-only input folder. */
export async function checkTrainingAsOtherUser(subject: Subject): Promise<string> {
  const { channels, hyperparameters } = subject.settings;
  const folders = await createFolders(subject, jobInput(channels, hyperparameters), otherUser.id);
  const host = { ...readOnlyHost, Binds: trainingBinds(folders.volumes, { readOnlyInput: true }) };
  const container = await startTraining(subject, folders, host, otherUser.name);
  const ended = await untilTrained(subject, container, folders);
  await expectArtifact(ended, folders, otherUserRemedy);
  return `exit code 0 as user ${otherUser.name}`;
}

/** SIGTERM under way: exit code 0 in time, and the model is kept. */
export async function checkTrainingStop(subject: Subject): Promise<string> {
  const { channels, longHyperparameters, seconds } = subject.settings;
  const folders = await createFolders(subject, jobInput(channels, longHyperparameters));
  const container = await startTraining(subject, folders);
  // By then the short job had started, read its data, trained and ended.
  await sleep(subject.trainingSeconds * 1000);
  if (!(await signalContainer(container, 'SIGTERM'))) {
    throw new Finding(
      'Training had ended before it could be stopped. Give it more to do (option longHyperparameters).',
      'skipped',
    );
  }
  const begun = performance.now();
  const exitCode = await untilEnd(container, seconds.trainingStop);
  const reason = await lastWords(container);
  if (exitCode === undefined) {
    await removeContainer(container);
    fail(
      `Training went on for ${seconds.trainingStop} s after SIGTERM: SageMaker would kill it, and what it had learnt ` +
        'would be lost.',
      'Handle SIGTERM in the program itself: a process with the number 1 has no handler by default, and a shell in ' +
        'front of it does not pass signals on (use exec).',
    );
  }
  const remedy = 'After SIGTERM, save the best weights so far into /opt/ml/model and end with exit code 0.';
  await expectArtifact({ exitCode, seconds: 0, reason }, folders, remedy);
  return `exit code 0 after ${((performance.now() - begun) / 1000).toFixed(1)} s, the model is kept`;
}
