// The warm pool of a training job: its instance, which is kept for the next job like it.
import type { RehearsedJob, TrainingJobRequest } from './trainingJob';

/** Returns the WarmPoolStatus of a DescribeTrainingJob response; undefined for a job without a pool. */
export function warmPoolOf({ request, state, pool }: RehearsedJob, now: number) {
  const { TrainingStartTime, TrainingEndTime: end } = state;
  if (end === undefined) return pool.isReusing ? { Status: 'InUse' } : undefined;
  const kept = request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0;
  if (pool.reused) return ended('Reused', pool.reused.at - end, { ReusedByJob: pool.reused.by });
  if (pool.terminatedAt !== undefined) return ended('Terminated', pool.terminatedAt - end);
  if (TrainingStartTime === undefined) return undefined;
  if (kept === 0) return pool.isReusing ? ended('Terminated', 0) : undefined;
  return now < end + kept ? { Status: 'Available' } : ended('Terminated', kept);
}

function ended(Status: string, seconds: number, more: object = {}) {
  return { Status, ResourceRetainedBillableTimeInSeconds: Math.ceil(seconds), ...more };
}

/** Moves the instance of another job to this one, and returns whether there was one. */
export function takePool(jobs: readonly RehearsedJob[], request: TrainingJobRequest, now: number): boolean {
  const wanted = machineOf(request);
  const found = jobs.find(
    (job) => warmPoolOf(job, now)?.Status === 'Available' && machineOf(job.request) === wanted,
  );
  if (found) found.pool.reused = { by: request.TrainingJobName, at: now };
  return found !== undefined;
}

/** Returns what must be the same for a job to start on the instance of another. */
function machineOf(request: TrainingJobRequest): string {
  const { KeepAlivePeriodInSeconds: _, ...machine } = request.ResourceConfig ?? {};
  return JSON.stringify([
    request.RoleArn,
    machine,
    request.VpcConfig,
    request.EnableInterContainerTrafficEncryption ?? false,
    request.EnableNetworkIsolation ?? false,
    request.EnableManagedSpotTraining ?? false,
  ]);
}
