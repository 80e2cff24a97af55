// Waits for a training job: reports its status and log as they change, and at the end its artifact and its bill.
import type { DescribeTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker';
import { parseEpoch } from '../../../model/training/metrics';
import { UserError } from '../../../platform/errors';
import type { TrainingJobDescription, TrainingListener } from '../../contract/session';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { explainFailure, findRemedy } from '../account/knownProblems';
import { hasEnded } from '../account/stop';
import { followJob, tellBill } from './follow';
import { describeTraining, expectTrainingJob, findMade, instanceTypeOf, logOf } from './trainingState';
import { billedSeconds, describeOrigin, tellKept } from './warmPool';

/** Number of looks without a new line, after the job's end, that end its log: the last lines arrive late. */
const quietLooks = 3;

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
  let answer: DescribeTrainingJobCommandOutput | undefined;
  let nextStatus = 0;
  // The log is read more often than the status.
  const least = context.pollSeconds / 4;
  return await followJob(context, { kind: 'training job', name, signal, least }, async () => {
    // Read the status before the log, so that no line logged before the end is missed.
    if (!answer || (Date.now() >= nextStatus && !hasEnded(answer.TrainingJobStatus))) {
      answer = await expectTrainingJob(context, name);
      nextStatus = Date.now() + 1000 * context.pollSeconds * (1 + 2 * Math.random());
    }
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
    quiet = news.length > 0 || !hasEnded(answer.TrainingJobStatus) ? 0 : quiet + 1;
    return quiet >= quietLooks ? await conclude(context, answer, lines) : undefined;
  });
}

/** Returns every status so far, such as "Downloading: Downloading input data", since some last less than a pause. */
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
  const { name, status, failureReason, billableSeconds: seconds } = description;
  context.recordEnd('training job', name, await findMade(context, description));
  const now = answer.ResourceConfig?.KeepAlivePeriodInSeconds
    ? await expectTrainingJob(context, name)
    : answer;
  const instanceType = instanceTypeOf(answer);
  const price = instanceType && (await context.budget.pricePerHour(instanceType, 'Training'));
  context.budget.settle(purposeOf('training job', name), billedSeconds(now), price || undefined);
  const { BillableTimeInSeconds, TrainingTimeInSeconds } = answer;
  if (BillableTimeInSeconds !== undefined && instanceType) {
    const saved = TrainingTimeInSeconds ? 1 - seconds / TrainingTimeInSeconds : 0;
    const note = saved > 0.005 ? `; the spot instance saved ${Math.round(100 * saved)}%` : '';
    const origin = await describeOrigin(context, now, instanceType);
    await tellBill(context, { name, seconds, instanceType, component: 'Training' }, note + origin);
    await tellKept(context, now, instanceType);
  }
  const remedy = status === 'Stopped' && findRemedy(`${answer.SecondaryStatus}`);
  if (remedy) context.tell(`${name} stopped (${answer.SecondaryStatus}). ${remedy}`);
  if (status !== 'Failed') return description;
  throw new UserError(`Training job ${name} failed: ${explainFailure(`${failureReason}`, lines)}`);
}
