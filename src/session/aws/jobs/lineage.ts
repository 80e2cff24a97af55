// Finds the training job that made a model: in the ledger, else in the artifacts of jobs without a record of their end,
// else by the tags of deployed models.
import { type Lineage, lineageOf, unknownModel } from '../../contract/lineage';
import type { AwsContext } from '../account/context';
import { listModels } from '../account/lists';
import { unlessGone } from '../account/serviceErrors';
import { isOfTheProject, listTags } from '../account/tags';
import { describeObject, jobKey, modelKey } from '../storage/artifact';
import { findTrainingJob, listKnownJobs } from './trainingState';
import { listKnownTrials } from './tuningJob';

/** Returns where a model comes from. Throws a {@link UserError} if no job is known to have made it. */
export async function findLineage(context: AwsContext, model: string): Promise<Lineage> {
  const { account, region } = context.place;
  const made = context.ledger
    .read()
    .filter((entry) => entry.account === account && entry.region === region.value)
    .flatMap((entry) => entry.made ?? []);
  const known = made.reverse().find((one) => one.model === model);
  if (known) return (await withSource(context, known)) ?? known;
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

/** Reads the source of a network, which the ledger leaves out, from the artifact, if there is one. */
async function withSource(
  context: AwsContext,
  { model, job, origin }: Lineage,
): Promise<Lineage | undefined> {
  if (!origin?.data.code) return undefined;
  const found = await unlessGone(lineageOfJob(context, job));
  return found?.model === model ? found : undefined;
}

/** Resolves to undefined if the job or its artifact no longer exists, or the artifact has no description. */
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
