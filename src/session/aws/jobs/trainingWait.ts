// Waiting for a training job: its status and log as they change, and its bill and its artifact at the end.
import type { DescribeTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker';
import { parseEpoch } from '../../../model/training/metrics';
import { UserError } from '../../../platform/errors';
import type { TrainingJobDescription, TrainingListener } from '../../contract/session';
import { describeCost } from '../account/budget';
import type { AwsContext } from '../account/context';
import { findRemedy } from '../account/knownProblems';
import { hasEnded, pause } from '../account/stop';
import { describeTraining, expectTrainingJob, findMade, logOf, purposeOf } from './trainingState';

/** The last log lines arrive after the final status: waiting ends after so many looks without a new line. */
const quietLooks = 3;
const shownLines = 10;

/** Resolves when a job has ended. Throws a {@link UserError} with the end of the log if it has failed. */
export async function waitForTraining(
  context: AwsContext,
  name: string,
  { onLog, onEpoch, onStatus, signal }: TrainingListener = {},
): Promise<TrainingJobDescription> {
  const log = logOf(context, name);
  const lines: string[] = [];
  const told: string[] = [];
  let quiet = 0;
  for (;;) {
    signal?.throwIfAborted();
    // Read the status before the log, so that no line logged before the end is missed.
    const answer = await expectTrainingJob(context, name);
    for (const [index, status] of describeStatuses(answer).entries()) {
      if (status !== told[index]) onStatus?.(status);
      told[index] = status;
    }
    const news = await log.next();
    for (const line of news) {
      lines.push(line);
      onLog?.(line);
      const epoch = parseEpoch(line);
      if (epoch) onEpoch?.(epoch);
    }
    quiet = news.length > 0 ? 0 : quiet + 1;
    if (hasEnded(answer.TrainingJobStatus) && quiet >= quietLooks) {
      return await conclude(context, answer, lines);
    }
    await pause(context.pollSeconds, signal);
  }
}

/** Returns every status so far, such as "Downloading: Downloading input data". Some end before the next look. */
function describeStatuses({
  TrainingJobStatus,
  SecondaryStatus,
  SecondaryStatusTransitions: transitions = [],
}: DescribeTrainingJobCommandOutput): string[] {
  const statuses = transitions.map(({ Status, StatusMessage }) =>
    StatusMessage ? `${Status}: ${StatusMessage}` : `${Status}`,
  );
  return statuses.length > 0 ? statuses : [`${SecondaryStatus ?? TrainingJobStatus}`];
}

async function conclude(
  context: AwsContext,
  answer: DescribeTrainingJobCommandOutput,
  lines: readonly string[],
): Promise<TrainingJobDescription> {
  const description = await describeTraining(context, answer, lines);
  context.recordEnd('training job', description.name, await findMade(context, description));
  context.purse.settle(purposeOf(description.name), description.billableSeconds);
  await tellBill(context, answer);
  if (description.status !== 'Failed') return description;
  const end = lines.slice(-shownLines).join('\n');
  const remedy = findRemedy(`${description.failureReason}\n${end}`);
  throw new UserError(
    `Training job ${description.name} failed: ${description.failureReason}\n${remedy ? `${remedy}\n` : ''}` +
      `Its log ends:\n${end}`,
  );
}

async function tellBill(
  { purse, tell }: AwsContext,
  {
    TrainingJobName,
    BillableTimeInSeconds,
    TrainingTimeInSeconds,
    ResourceConfig,
  }: DescribeTrainingJobCommandOutput,
): Promise<void> {
  const instanceType = ResourceConfig?.InstanceType;
  if (BillableTimeInSeconds === undefined || !instanceType) return;
  const price = await purse.pricePerHour(instanceType, 'Training');
  const cost = describeCost(price, BillableTimeInSeconds);
  const saved = TrainingTimeInSeconds ? 1 - BillableTimeInSeconds / TrainingTimeInSeconds : 0;
  const spot = saved > 0.005 ? `; the spot machine saved ${Math.round(100 * saved)}%` : '';
  tell(`${TrainingJobName}: ${BillableTimeInSeconds} s of ${instanceType} billed, ${cost}${spot}.`);
}
