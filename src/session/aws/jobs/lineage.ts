// A model's id → what it was made of: from the ledger, else from the artifacts of jobs that nobody has waited for, else by
// the tags of a model that somebody else has deployed.

import { type Lineage, lineageOf, unknownModel } from '../../contract/lineage';
import { describeObject } from '../account/artifact';
import type { AwsContext } from '../account/context';
import { listModels } from '../account/lists';
import { isOfTheProject, listTags } from '../account/tags';
import { findTrainingJob, listKnownJobs } from './trainingJob';
import { listKnownTrials } from './tuningJob';

/** The tags by which a model and an endpoint lead back to where they come from. */
const modelKey = 'model';
const jobKey = 'training-job';

/** Throws a {@link UserError} where no job is known to have made it. */
export async function findLineage(context: AwsContext, model: string): Promise<Lineage> {
  const { account, region } = context.place;
  const made = context.ledger
    .read()
    .filter((entry) => entry.account === account && entry.region === region.value)
    .flatMap((entry) => entry.made ?? []);
  const known = made.reverse().find((one) => one.model === model);
  if (known) return known;
  const recorded = new Set(made.map(({ job }) => job));
  const jobs = [...(await listKnownJobs(context)), ...(await listKnownTrials(context))];
  for (const name of jobs.filter((name) => !recorded.has(name))) {
    const found = await lineageOfJob(context, name);
    if (found?.model === model) return found;
  }
  const job = await findTaggedJob(context, model);
  const found = job && (await lineageOfJob(context, job));
  if (found && found.model === model) return found;
  throw unknownModel(model);
}

/** Undefined where the job is gone, or has left no artifact that says so. */
async function lineageOfJob(context: AwsContext, name: string): Promise<Lineage | undefined> {
  const job = await findTrainingJob(context, name);
  const artifact = job?.ModelArtifacts?.S3ModelArtifacts;
  const described = artifact && (await describeObject(context, artifact));
  return described ? lineageOf(name, artifact, described) : undefined;
}

async function findTaggedJob(context: AwsContext, model: string): Promise<string | undefined> {
  for (const { arn } of await listModels(context)) {
    if (!(await isOfTheProject(context, arn))) continue;
    const tags = await listTags(context, arn);
    if (tags.get(modelKey) === model) return tags.get(jobKey);
  }
  return undefined;
}

/** The tags of a model and its endpoint; none where the artifact does not say. */
export async function lineageTags(
  context: AwsContext,
  modelArtifact: string,
): Promise<{ Key: string; Value: string }[]> {
  const described = await describeObject(context, modelArtifact);
  if (!described) return [];
  const { data = {}, code, image } = described.description.origin ?? {};
  const words = Object.entries(data).map(([channel, hash]) => `${channel} ${hash}`);
  const job = /\/([^/]+)\/output\/[^/]+$/.exec(modelArtifact)?.[1];
  const tags = { [modelKey]: described.model, [jobKey]: job, data: words.join(' '), code, image };
  return Object.entries(tags).flatMap(([Key, Value]) => (Value ? [{ Key, Value: Value.slice(0, 256) }] : []));
}
