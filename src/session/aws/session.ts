// The session adapter for AWS: jobs and endpoints run on Amazon SageMaker. Opening a session sends no request; the first
// verb finds region, account and role.
import type { Platform } from '../../image/engine/platform';
import { checkName, checkTuningName } from '../contract/names';
import type { Session } from '../contract/session';
import { type Audience, type AwsContext, createContext } from './account/context';
import { withDefaults } from './account/defaults';
import { once } from './account/once';
import type { AwsSessionOptions } from './account/options';
import { cleanUp } from './cleanUp';
import { findCommitments } from './commitments';
import { deployEndpoint, openEndpoint } from './endpoint/endpoint';
import { findHostingPrices } from './endpoint/serverless';
import { findLineage } from './jobs/lineage';
import { startTrainingJob } from './jobs/start';
import { openTrainingJob } from './jobs/trainingJob';
import { listKnownJobs } from './jobs/trainingState';
import { openTransformJob } from './jobs/transformJob';
import { startTransformJob } from './jobs/transformStart';
import { listKnownTuning, openTuningJob } from './jobs/tuningJob';
import { startTuningJob } from './jobs/tuningStart';
import { listRegistered, registerModel } from './models/registeredModels';
import { preflightAws } from './preflight';
import { findImageUri } from './registry/image';
import { listRunning } from './running';
import { uploadChannel } from './storage/upload';

/** Opens a session on AWS. The audience is shown what the session does and costs. */
export function openAwsSession(given: AwsSessionOptions, audience: Audience): Session {
  const options = withDefaults(given);
  const context = once(() => createContext(options, audience, findCommitments));
  /** For the verbs whose results go to the bucket. */
  const contextAndBucket = async () => {
    const known = await context();
    await known.openBucket();
    return known;
  };
  const newImages = () => {
    const find = (platform: Platform) => once(async () => findImageUri(await context(), platform));
    return { 'linux/amd64': find('linux/amd64'), 'linux/arm64': find('linux/arm64') };
  };
  let images = newImages();
  const findImage = async (platform: Platform = 'linux/amd64') => await images[platform]();
  const image = async () => await findImage();
  const upload: Session['upload'] = async (path, channel) =>
    await uploadChannel(await contextAndBucket(), path, channel, audience.live());
  const preparation = { findImage: image, upload };
  const withContext =
    <Given extends unknown[], Result>(verb: (context: AwsContext, ...given: Given) => Promise<Result>) =>
    async (...given: Given) =>
      await verb(await context(), ...given);

  return {
    kind: 'aws',
    description:
      'Training jobs and endpoints run on Amazon SageMaker. Anything billed shows its price first and starts only within the budget.',
    preflight: () => preflightAws(options, audience.onCall),
    upload,
    publishImage: image,
    train: async (request) => await startTrainingJob(await contextAndBucket(), request, preparation),
    tune: async (request) => await startTuningJob(await contextAndBucket(), request, preparation),
    register: withContext((known, artifact, options = {}) => registerModel(known, artifact, options, image)),
    registeredModels: withContext(listRegistered),
    deploy: async (model, deployment = {}) =>
      await deployEndpoint(
        await (options.dataCapturePercent === undefined ? context() : contextAndBucket()),
        model,
        deployment,
        findImage,
      ),
    transform: async (request) => await startTransformJob(await contextAndBucket(), request, image),
    attachTransformJob: withContext(openTransformJob),
    trainingJobs: withContext(listKnownJobs),
    attachTrainingJob: withContext(async (known, name) => {
      checkName(name);
      return await openTrainingJob(known, name);
    }),
    tuningJobs: withContext(listKnownTuning),
    attachTuningJob: withContext(async (known, name) => {
      checkTuningName(name);
      return await openTuningJob(known, name);
    }),
    attachEndpoint: withContext(openEndpoint),
    lineage: withContext(findLineage),
    hostingPrices: withContext(findHostingPrices),
    whatIsRunning: withContext(listRunning),
    async cleanUp(what = {}) {
      // Images may be deleted as well: the next job builds one again.
      if (what.data) images = newImages();
      return await cleanUp(await context(), what);
    },
  };
}
