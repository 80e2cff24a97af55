// Checks of an image under restrictions: no network, a read-only model folder or root file system, another user.
import { createServer } from 'node:net';
import type Docker from 'dockerode';
import { createFolders, jobFiles, servingBinds, trainingBinds } from './folders';
import { expectService } from './server';
import { Finding, type Subject } from './subject';
import { expectArtifact, expectTraining, startTraining, untilTrained } from './training';

/** Checks training without any network. */
export async function checkTrainingOffline(subject: Subject): Promise<string> {
  return await expectTraining(
    subject,
    'With network isolation a container has no network: put everything that training needs into the image or a channel.',
    { host: { NetworkMode: 'none' } },
  );
}

/** A user unknown to the image, who can write only to output/, model/ and /tmp. */
const otherUser = { id: 10001, name: '10001:10001' };
const readOnlyHost: Docker.HostConfig = { ReadonlyRootfs: true, Tmpfs: { '/tmp': '' } };
const otherUserRemedy =
  'SageMaker runs containers as root, but other platforms may not. Write only to ' +
  '/opt/ml/model, /opt/ml/output and /tmp, and make the program readable for everybody (chmod -R a+rX).';

/** Checks training as an arbitrary user with a read-only root file system and a read-only input folder. */
export async function checkTrainingAsOtherUser(subject: Subject): Promise<string> {
  const { channels, hyperparameters } = subject.settings;
  const folders = await createFolders(subject, jobFiles(channels, hyperparameters), otherUser.id);
  const host = { ...readOnlyHost, Binds: trainingBinds(folders.volumes, { readOnlyInput: true }) };
  const container = await startTraining(subject, folders, host, otherUser.name);
  const ended = await untilTrained(subject, container, folders);
  await expectArtifact(ended, folders, otherUserRemedy);
  return `exit code 0 as user ${otherUser.name}`;
}

/** Checks serving with a read-only model folder, as on an endpoint. */
export async function checkReadOnlyModel(subject: Subject): Promise<string> {
  return await expectService(subject, {
    host: { Binds: servingBinds(subject.job.volumes, { readOnlyModel: true }) },
    remedy: 'On an endpoint /opt/ml/model is read-only: unpack and write elsewhere, such as in /tmp.',
  });
}

/** Checks serving in an isolated network. */
export async function checkServingOffline(subject: Subject): Promise<string> {
  const { docker, labels } = subject;
  const name = `image-test-${subject.job.holder.id.slice(0, 12)}`;
  const network = await docker.createNetwork({ Name: name, Internal: true, Labels: { ...labels } });
  const { IPAM } = await network.inspect();
  if (!(await isOwnAddress(IPAM?.Config?.[0]?.Gateway))) {
    throw new Finding(
      'The engine runs on another machine, or in a virtual one, so an isolated network cannot be reached from here.',
      'skipped',
    );
  }
  return await expectService(subject, {
    network: name,
    remedy:
      'With network isolation a container has no network: put everything that serving needs into the image or the artifact.',
  });
}

/** Checks that a network in the channel `code` trains and serves, both without any network. */
export async function checkOwnNetwork(subject: Subject): Promise<string> {
  const { channels, networkCode, hyperparameters } = subject.settings;
  const code = { 'network.js': networkCode };
  const job = await createFolders(subject, jobFiles({ ...channels, code }, hyperparameters));
  const container = await startTraining(subject, job, { NetworkMode: 'none' });
  const remedy =
    'Run the module network.js of the channel code, or pass the option networkCode as an empty text to leave out this check.';
  await expectArtifact(await untilTrained(subject, container, job), job, remedy);
  return await checkServingOffline({ ...subject, job });
}

/** Returns whether an address belongs to this machine: a process can listen on no other. */
async function isOwnAddress(address: string | undefined): Promise<boolean> {
  if (address === undefined) return false;
  const probe = createServer();
  return await new Promise((done) => {
    probe.once('error', () => done(false));
    probe.listen(0, address, () => probe.close(() => done(true)));
  });
}

/** Checks serving as an arbitrary user with a read-only root file system and a read-only model. */
export async function checkServingAsOtherUser(subject: Subject): Promise<string> {
  const binds = servingBinds(subject.job.volumes, { readOnlyModel: true });
  return await expectService(subject, {
    user: otherUser.name,
    host: { ...readOnlyHost, Binds: binds },
    remedy: otherUserRemedy,
  });
}
