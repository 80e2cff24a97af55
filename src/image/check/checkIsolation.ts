// Checks of an image where less is allowed: no network, a read-only model folder or root file system, another user.
import { createServer } from 'node:net';
import type Docker from 'dockerode';
import { createFolders, jobFiles, servingBinds, trainingBinds } from './folders';
import { expectService } from './server';
import { Finding, type Subject } from './subject';
import { expectArtifact, expectTraining, startTraining, untilTrained } from './training';

/** Training without any network. */
export async function checkTrainingOffline(subject: Subject): Promise<string> {
  return await expectTraining(
    subject,
    'With network isolation a container reaches nothing: what training needs belongs into the image or a channel.',
    { host: { NetworkMode: 'none' } },
  );
}

/** A user that the image does not know, whom only output/, model/ and /tmp let write. */
const otherUser = { id: 10001, name: '10001:10001' };
const readOnlyHost: Docker.HostConfig = { ReadonlyRootfs: true, Tmpfs: { '/tmp': '' } };
const otherUserRemedy =
  'SageMaker itself runs containers as root; where others run the image they may not. Write nowhere but into ' +
  '/opt/ml/model, /opt/ml/output and /tmp, and let everybody read the program (chmod -R a+rX).';

/** Training as an arbitrary user over a read-only root file system and a read-only input folder. */
export async function checkTrainingAsOtherUser(subject: Subject): Promise<string> {
  const { channels, hyperparameters } = subject.settings;
  const folders = await createFolders(subject, jobFiles(channels, hyperparameters), otherUser.id);
  const host = { ...readOnlyHost, Binds: trainingBinds(folders.volumes, { readOnlyInput: true }) };
  const container = await startTraining(subject, folders, host, otherUser.name);
  const ended = await untilTrained(subject, container, folders);
  await expectArtifact(ended, folders, otherUserRemedy);
  return `exit code 0 as user ${otherUser.name}`;
}

/** The model folder is read-only on an endpoint. */
export async function checkReadOnlyModel(subject: Subject): Promise<string> {
  return await expectService(subject, {
    host: { Binds: servingBinds(subject.job.volumes, { readOnlyModel: true }) },
    remedy: 'On an endpoint /opt/ml/model is read-only: unpack and write elsewhere, as in /tmp.',
  });
}

/** Serving in a network that leads nowhere. */
export async function checkServingOffline(subject: Subject): Promise<string> {
  const { docker, labels } = subject;
  const name = `image-test-${subject.job.holder.id.slice(0, 12)}`;
  const network = await docker.createNetwork({ Name: name, Internal: true, Labels: { ...labels } });
  const { IPAM } = await network.inspect();
  if (!(await isOwnAddress(IPAM?.Config?.[0]?.Gateway))) {
    throw new Finding(
      'The engine runs on another machine, or in a virtual one: a network that leads nowhere cannot be reached from here.',
      'skipped',
    );
  }
  return await expectService(subject, {
    network: name,
    remedy:
      'With network isolation a container reaches nothing: what serving needs belongs into the image or the artifact.',
  });
}

/** Whether an address is this machine's: only those can be listened on. */
async function isOwnAddress(address: string | undefined): Promise<boolean> {
  if (address === undefined) return false;
  const probe = createServer();
  return await new Promise((done) => {
    probe.once('error', () => done(false));
    probe.listen(0, address, () => probe.close(() => done(true)));
  });
}

/** Serving as an arbitrary user over a read-only root file system and a read-only model. */
export async function checkServingAsOtherUser(subject: Subject): Promise<string> {
  const binds = servingBinds(subject.job.volumes, { readOnlyModel: true });
  return await expectService(subject, {
    user: otherUser.name,
    host: { ...readOnlyHost, Binds: binds },
    remedy: otherUserRemedy,
  });
}
