// A training request → CreateTrainingJob: checked, priced, recorded, started once.
import { dirname } from 'node:path';
import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { parseHyperparameters } from '../../../model/hyperparameters';
import { withLock } from '../../../platform/lock';
import { checkChannels, checkName, uniqueName } from '../../contract/names';
import type { TrainingJob, TrainingRequest } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { expectRole } from '../account/identity';
import { machinesOf } from '../account/machines';
import { asStrings, checkUris, describeJob } from './request';
import { createOnce, describeRequest, findSame, taken } from './startOnce';
import { openTrainingJob } from './trainingJob';
import { findTrainingJob, purposeOf } from './trainingState';

export const defaultRuntimeMinutes = 30;

/** @param findImage the image's URI in ECR; asked when all else is known to be right */
export async function startTrainingJob(
  context: AwsContext,
  { name: given, channels, hyperparameters = {}, instanceType: machine, again }: TrainingRequest,
  findImage: () => Promise<string>,
): Promise<TrainingJob> {
  const isNamed = given !== undefined;
  const name = given ?? uniqueName();
  checkName(name);
  parseHyperparameters(hyperparameters);
  checkChannels(channels);
  checkUris(channels);
  const RoleArn = expectRole(context.place);
  const image = await findImage();
  const instanceType = machine ?? machinesOf(context.options).training;
  const request = describeRequest({ image, channels, hyperparameters, type: instanceType });
  const { spot = false, maxRuntimeMinutes: minutes = defaultRuntimeMinutes } = context.options;

  // One kernel at a time, so that two that start the same find one job.
  return await withLock(dirname(context.ledger.path), async () => {
    if (isNamed && (await findTrainingJob(context, name))) throw taken('training job', name);
    const words = { kind: 'training job', request, verb: 'train' } as const;
    const statusOf = async (job: string) => (await findTrainingJob(context, job))?.TrainingJobStatus;
    const same = isNamed || again ? undefined : await findSame(context, words, statusOf);
    if (same !== undefined) return await openTrainingJob(context, same);
    await createOnce(context, {
      kind: 'training job',
      name,
      request,
      offer: { what: purposeOf(name), instanceType, component: 'Training', minutes },
      resource: `training-job/${name.toLowerCase()}`,
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
    return await openTrainingJob(context, name);
  });
}
