// The handle of a training job on SageMaker: follows it through CloudWatch Logs, stops and deletes it. It holds only the
// job's name, so attaching from a later kernel gives the same handle.
import { DeleteLogStreamCommand, paginateDescribeLogStreams } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import type { TrainingJob } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { isDenied, unlessGone } from '../account/serviceErrors';
import { stopJob } from '../account/stop';
import { deleteObjects } from '../storage/objects';

import {
  describeTraining,
  expectTrainingJob,
  findTrainingJob,
  logGroup,
  logOf,
  outputFolder,
  stoppable,
} from './trainingState';
import { waitForTraining } from './trainingWait';
import { endTraining } from './warmPool';

/** Opens an existing training job. Throws a {@link UserError} if it does not exist. */
export async function openTrainingJob(context: AwsContext, name: string): Promise<TrainingJob> {
  await expectTrainingJob(context, name);
  return {
    name,
    onInterrupt: context.options.onInterrupt ?? 'detach',
    async describe() {
      const answer = await expectTrainingJob(context, name);
      return await describeTraining(context, answer, await logOf(context, name).next());
    },
    wait: (listener) => waitForTraining(context, name, listener),
    async stop() {
      const { TrainingJobStatus } = await expectTrainingJob(context, name);
      await stopJob(TrainingJobStatus, stoppable(context, name));
    },
    delete: () => forget(context, name),
  };
}

/** Deletes the job, its objects and its log. */
async function forget(context: AwsContext, name: string): Promise<void> {
  const { clients } = context;
  if (await findTrainingJob(context, name)) {
    await endTraining(context, name);
    await clients.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: name }));
  }
  await deleteObjects(context, `${outputFolder(context)}/${name}/`);
  await unlessGone(deleteLog(context, name)).catch((error: Error) => {
    const why = isDenied(error) ? 'you lack logs:DeleteLogStream.' : error.message;
    context.tell(`The log of ${name} was not deleted: ${why}`);
  });
}

async function deleteLog({ clients: { logs } }: AwsContext, name: string): Promise<void> {
  const log = { logGroupName: logGroup, logStreamNamePrefix: `${name}/` };
  for await (const { logStreams = [] } of paginateDescribeLogStreams({ client: logs }, log)) {
    for (const { logStreamName } of logStreams) {
      await unlessGone(logs.send(new DeleteLogStreamCommand({ logGroupName: logGroup, logStreamName })));
    }
  }
}
