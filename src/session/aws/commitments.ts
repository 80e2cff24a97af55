// What the same owner has running, whichever kernel started it, and its cost until its planned end: the budget counts it.
import { type Commitment, purposeOf } from './account/budget';
import type { AwsContext } from './account/context';
import { findOurs } from './account/findOurs';
import { ageOf, type Listed } from './account/lists';
import { ownerOf } from './account/tags';
import { tellElsewhere } from './elsewhere';
import { findTrainingJob } from './jobs/trainingState';
import { findTuningJob } from './jobs/tuningJob';
import { kindOf } from './kinds';
import { describeUnlisted, priceOf } from './running';

type CommittedKind = 'tuning job' | 'training job' | 'warm pool' | 'transform job' | 'endpoint';

const purposes = {
  'tuning job': 'tuning job',
  'training job': 'training job',
  // Reserved with its job.
  'warm pool': 'training job',
  'transform job': 'batch transform',
  endpoint: 'endpoint',
} as const;

/** Hours for which something without a planned end, or past it, is counted. */
const hoursWithoutEnd = 1;

/** Returns what runs here and is the owner's. Tells what could not be listed, and what runs of others and in other regions. */
export async function findCommitments(context: AwsContext): Promise<Commitment[]> {
  const others: string[] = [];
  const kinds = Object.keys(purposes) as CommittedKind[];
  const findings = await Promise.all(
    kinds.map(async (kind) => {
      const owns = async (one: Listed) => {
        const owner = await ownerOf(context, { kind, ...one });
        if (owner && owner !== 'us') others.push(`${kind} ${one.name} of ${nameOf(owner)}`);
        return owner === 'us';
      };
      const { found, problems } = await findOurs(context, kind, () => kindOf(kind).list(context), owns);
      return { problems, found: await Promise.all(found.map((one) => commit(context, kind, one))) };
    }),
  );
  const problems = findings.flatMap((one) => one.problems);
  if (problems.length > 0) context.tellOnce(`${describeUnlisted(problems)}\nThe budget does not count them.`);
  if (others.length > 0) {
    const list = others.sort().join(', ');
    context.tellOnce(
      `Others have running in this account and region: ${list}. Your budget does not count that.`,
    );
  }
  tellElsewhere(context);
  return findings.flatMap(({ found }) => found);
}

/** Returns an owner without the account's number, which a shared notebook must not show. */
function nameOf(owner: string): string {
  return owner.replace(/^arn:[^/]*\//, '');
}

async function commit(context: AwsContext, kind: CommittedKind, listed: Listed): Promise<Commitment> {
  if (kind === 'tuning job') return await commitTrials(context, listed.name);
  const price = await priceOf(context, kind, listed).catch(() => 'unknown' as const);
  const until = await kindOf(kind).until?.(context, listed);
  const ahead = ((until?.getTime() ?? 0) - Date.now()) / 3_600_000;
  const hours = ageOf(listed.since) / 3600 + (ahead > 0 ? ahead : hoursWithoutEnd);
  const tuning = kind === 'training job' ? await tuningOf(context, listed.name) : [];
  return {
    what: `${kind} ${listed.name}`,
    purposes: [purposeOf(purposes[kind], listed.name), ...tuning],
    dollars: price === 'unknown' ? 0 : hours * price,
  };
}

/** Returns the cost of the trials that a tuning job has not started yet, at their time limit. The others are training jobs. */
async function commitTrials(context: AwsContext, name: string): Promise<Commitment> {
  const state = await findTuningJob(context, name);
  const { ResourceConfig, StoppingCondition } = state?.TrainingJobDefinition ?? {};
  const started = Object.values(state?.TrainingJobStatusCounters ?? {}).reduce(
    (sum, count) => sum + count,
    0,
  );
  const planned = state?.HyperParameterTuningJobConfig?.ResourceLimits?.MaxNumberOfTrainingJobs ?? 0;
  const ahead = state?.HyperParameterTuningJobStatus === 'InProgress' ? Math.max(0, planned - started) : 0;
  const hours = (ahead * (StoppingCondition?.MaxRuntimeInSeconds ?? 0)) / 3600;
  const type = ResourceConfig?.InstanceType ?? '';
  const price = await context.budget.pricePerHour(type, 'Training').catch(() => 'unknown' as const);
  return {
    what: `tuning job ${name}`,
    purposes: [purposeOf('tuning job', name)],
    dollars: price === 'unknown' ? 0 : hours * price,
  };
}

/** Returns the purpose of the tuning job of which a training job is a trial. */
async function tuningOf(context: AwsContext, name: string): Promise<string[]> {
  const { TuningJobArn } = (await findTrainingJob(context, name)) ?? {};
  // A trial's name is that of its tuning job, a number and random letters. ARNs are in lower case.
  return TuningJobArn ? [purposeOf('tuning job', name.replace(/-\d+-[^-]+$/, ''))] : [];
}
