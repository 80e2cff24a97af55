// Checks a training request and starts its job with CreateTrainingJob.
import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { parseHyperparameters } from '../../../model/hyperparameters';
import { checkChannels, checkName, uniqueName } from '../../contract/names';
import type { TrainingJob, TrainingRequest } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { expectRole } from '../account/identity';
import { machinesOf } from '../account/machines';
import { asStrings, checkUris, describeJob } from './request';
import { startOnce } from './startOnce';
import { openTrainingJob } from './trainingJob';
import { findTrainingJob } from './trainingState';

export const defaultRuntimeMinutes = 30;

/**
 * Starts a training job, or finds an identical one.
 * @param findImage returns the image's URI in ECR; called after all checks
 */
export async function startTrainingJob(
  context: AwsContext,
  { name: given, channels, hyperparameters = {}, instanceType: chosen, again }: TrainingRequest,
  findImage: () => Promise<string>,
): Promise<TrainingJob> {
  const name = given ?? uniqueName();
  checkName(name);
  parseHyperparameters(hyperparameters);
  checkChannels(channels);
  checkUris(channels);
  const RoleArn = expectRole(context.place);
  const image = await findImage();
  const instanceType = chosen ?? machinesOf(context.options).training;
  const { spot = false, maxRuntimeMinutes: minutes = defaultRuntimeMinutes } = context.options;
  const started = await startOnce(context, {
    kind: 'training job',
    name,
    isNamed: given !== undefined,
    again,
    request: { image, channels, hyperparameters, type: instanceType },
    cost: { instanceType, minutes },
    statusOf: async (job) => (await findTrainingJob(context, job))?.TrainingJobStatus,
    create: (Tags) =>
      context.clients.sagemaker.send(
        new CreateTrainingJobCommand({
          TrainingJobName: name,
          HyperParameters: asStrings(hyperparameters),
          ...describeJob(context, { image, channels, instanceType, RoleArn, minutes, spot }),
          Tags,
        }),
      ),
  });
  return await openTrainingJob(context, started);
}
