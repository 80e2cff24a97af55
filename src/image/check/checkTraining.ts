// Checks of an image's `train`, each in a separate job.
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolders, jobFiles, listModel, readFailure } from './folders';
import { expectEnd } from './stop';
import { Finding, fail, type Subject } from './subject';
import { expectArtifact, expectTraining, startTraining, untilTrained } from './training';
import { lastWords, signalContainer } from './trial';

/** Checks that training on the channels ends with exit code 0 and files in model/. */
export async function checkTraining(subject: Subject): Promise<string> {
  const { job } = subject;
  const ended = await untilTrained(subject, await startTraining(subject, job), job);
  subject.trainingSeconds = ended.seconds;
  const remedy = 'Its inputs are the options channels and hyperparameters: fix them, or the program.';
  const files = await expectArtifact(ended, job, remedy);
  const names = files.map(({ path }) => path);
  return `exit code 0, in model/: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
}

/** Checks that the artifact contains no links. */
export async function checkArtifact({ job }: Subject): Promise<string> {
  const files = await listModel(job);
  const link = files.find(({ isSymbolicLink }) => isSymbolicLink);
  if (link) {
    fail(
      `model/${link.path} is a symbolic link, which SageMaker does not accept in an archive.`,
      'Copy the file itself into /opt/ml/model.',
    );
  }
  const bytes = files.reduce((total, { size }) => total + size, 0);
  return `${files.length} file(s), ${(bytes / 1e6).toFixed(1)} MB, no symbolic link`;
}

/** Checks values in quotes and keys that begin with sagemaker_, as the SageMaker Python SDK sends them. */
export async function checkQuotedHyperparameters(subject: Subject): Promise<string> {
  const given = { ...subject.settings.hyperparameters, sagemaker_region: 'us-east-1' };
  const hyperparameters = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  return await expectTraining(
    subject,
    'The SageMaker Python SDK sends every value as JSON ("\\"2\\"") and adds keys that begin with sagemaker_: ' +
      'parse values that are JSON, and ignore those keys.',
    { hyperparameters },
  );
}

/** Checks that bad data gives a non-zero exit code and a reason in the failure file. */
export async function checkBadData(subject: Subject): Promise<string> {
  const { badChannels, hyperparameters } = subject.settings;
  return await expectFailure(subject, 'bad data', jobFiles(badChannels, hyperparameters));
}

/** Checks that bad hyperparameters give a non-zero exit code and a reason in the failure file. */
export async function checkBadHyperparameters(subject: Subject): Promise<string> {
  const { channels, badHyperparameters } = subject.settings;
  return await expectFailure(subject, 'bad hyperparameters', jobFiles(channels, badHyperparameters));
}

async function expectFailure(
  subject: Subject,
  what: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folders = await createFolders(subject, files);
  const { exitCode } = await untilTrained(subject, await startTraining(subject, folders), folders);
  if (exitCode === 0) {
    fail(
      `Training with ${what} ended with exit code 0: SageMaker would call the job Completed.`,
      'End the program with a non-zero exit code if training fails.',
    );
  }
  const failure = await readFailure(folders);
  if (failure === '') {
    fail(
      `Training with ${what} ended with exit code ${exitCode} and wrote no /opt/ml/output/failure: the job's ` +
        'FailureReason would not give the cause.',
      'Write the reason into that file before the program ends; its first 1,024 characters are shown.',
    );
  }
  return `exit code ${exitCode}: ${failure.slice(0, 200)}`;
}

/** Checks that SIGTERM during training gives exit code 0 in time and keeps the model. */
export async function checkTrainingStop(subject: Subject): Promise<string> {
  const { channels, longHyperparameters, seconds } = subject.settings;
  const folders = await createFolders(subject, jobFiles(channels, longHyperparameters));
  const container = await startTraining(subject, folders);
  // Enough for the long job to start, read its data and begin training.
  await sleep(subject.trainingSeconds * 2000 + 500);
  if (!(await signalContainer(container, 'SIGTERM'))) {
    throw new Finding(
      'Training had ended before it could be stopped. Give it more to do (option longHyperparameters).',
      'skipped',
    );
  }
  const begun = performance.now();
  const exitCode = await expectEnd(container, 'train', seconds.trainingStop);
  const reason = await lastWords(container);
  const remedy = 'After SIGTERM, save the best weights so far into /opt/ml/model and end with exit code 0.';
  await expectArtifact({ exitCode, seconds: 0, reason }, folders, remedy);
  return `exit code 0 after ${((performance.now() - begun) / 1000).toFixed(1)} s, the model is kept`;
}
