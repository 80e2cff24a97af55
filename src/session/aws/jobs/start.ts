// Checks a training request and starts its job with CreateTrainingJob.
import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { checkChannels, checkName, uniqueName } from '../../contract/names';
import { checkNetwork, uploadNetwork } from '../../contract/network';
import type { Channel, TrainingJob, TrainingRequest } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { expectRole } from '../account/identity';
import { machinesOf } from '../account/instances';
import { patience, rideOut } from '../account/poll';
import { startOnce } from '../account/startOnce';
import { asStrings, checkUris, describeJob } from './request';
import { openTrainingJob } from './trainingJob';
import { findTrainingJob } from './trainingState';

export const defaultRuntimeMinutes = 30;

/** What a start does after all checks. */
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
  const { name: given, instanceType: chosen, again } = request;
  const name = given ?? uniqueName();
  checkName(name);
  checkNetwork(request);
  checkChannels(request.channels);
  checkUris(request.channels);
  const RoleArn = expectRole(context.place);
  const image = await findImage();
  const { channels, hyperparameters } = await uploadNetwork(request, upload);
  const instanceType = chosen ?? machinesOf(context.options).training;
  const { spot = false, maxRuntimeMinutes: minutes = defaultRuntimeMinutes } = context.options;
  const started = await startOnce(context, {
    kind: 'training job',
    name,
    isNamed: given !== undefined,
    again,
    request: { image, channels, hyperparameters, type: instanceType },
    cost: { instanceType, component: 'Training', minutes },
    statusOf: async (job) => (await findTrainingJob(context, job))?.TrainingJobStatus,
    create: async (Tags) => {
      const command = new CreateTrainingJobCommand({
        TrainingJobName: name,
        HyperParameters: asStrings(hyperparameters),
        ...describeJob(context, { image, channels, instanceType, RoleArn, minutes, spot }),
        Tags,
      });
      await rideOut(context, () => context.clients.sagemaker.send(command), { seconds: patience.start });
    },
  });
  return await openTrainingJob(context, started);
}
