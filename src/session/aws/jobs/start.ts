// Checks a training request and starts its job with CreateTrainingJob.
import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import { checkChannels, checkName, uniqueName } from '../../contract/names';
import { checkNetwork, uploadNetwork } from '../../contract/network';
import type { Channel, TrainingJob, TrainingRequest } from '../../contract/session';
import { checkSettings } from '../../contract/trainingSettings';
import type { AwsContext } from '../account/context';
import { expectRole } from '../account/identity';
import { machinesOf } from '../account/instances';
import { patience, rideOut } from '../account/poll';
import { startOnce } from '../account/startOnce';
import { asStrings, checkUris, describeJob } from './request';
import { openTrainingJob } from './trainingJob';
import { dearestOf, findTrainingJob } from './trainingState';
import { tellUnkept } from './warmPool';

export const defaultRuntimeMinutes = 30;

/** The steps of a start after all checks. */
export interface Preparation {
  /** Returns the image's URI in ECR. */
  findImage(): Promise<string>;
  /** Uploads a folder as a channel. */
  upload(folder: string, channel: string): Promise<Channel>;
}

/** Starts a training job, or finds an identical one. */
export async function startTrainingJob(
  context: AwsContext,
  request: TrainingRequest,
  { findImage, upload }: Preparation,
): Promise<TrainingJob> {
  const { name: given, instanceType: chosen, again, keepAlive, retries } = request;
  const name = given ?? uniqueName();
  checkName(name);
  checkNetwork(request);
  checkSettings(request);
  const { spot = false, maxRuntimeMinutes: minutes = defaultRuntimeMinutes } = context.options;
  checkSpot(spot, request);
  checkChannels(request.channels);
  checkUris(request.channels);
  const RoleArn = expectRole(context.place);
  const image = await findImage();
  const { channels, hyperparameters } = await uploadNetwork(request, upload);
  const instances = request.instances ?? [chosen ?? machinesOf(context.options).training];
  const instanceType = await dearestOf(context, instances);
  if (keepAlive) await tellUnkept(context, instances);
  const started = await startOnce(context, {
    kind: 'training job',
    name,
    isNamed: given !== undefined,
    again,
    request: { image, channels, hyperparameters, type: request.instances ?? instanceType },
    cost: {
      instanceType,
      ...(instances.length > 1 && { machines: `the dearest of ${instances.join(', ')}` }),
      component: 'Training',
      minutes,
      idleMinutes: (keepAlive ?? 0) / 60,
    },
    statusOf: async (job) => (await findTrainingJob(context, job))?.TrainingJobStatus,
    create: async (Tags) => {
      const command = new CreateTrainingJobCommand({
        TrainingJobName: name,
        HyperParameters: asStrings(hyperparameters),
        ...describeJob(context, { image, channels, instances, RoleArn, minutes, spot, keepAlive, retries }),
        Tags,
      });
      await rideOut(context, () => context.clients.sagemaker.send(command), { seconds: patience.start });
    },
  });
  return await openTrainingJob(context, started);
}

/** Throws a {@link UserError} for a setting that SageMaker rejects for a spot instance. */
function checkSpot(spot: boolean, { keepAlive, instances }: TrainingRequest): void {
  const [rejected] =
    Object.entries({ keepAlive, instances }).find(([, value]) => spot && value !== undefined) ?? [];
  if (!rejected) return;
  throw new UserError(
    `${rejected} does not apply to spot instances. Leave it out, or open the session with spot: false.`,
  );
}
