// SageMaker's model registry: versions of models (model packages) in groups. It costs nothing.
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  DescribeModelPackageCommand,
  type DescribeModelPackageCommandOutput,
  type ModelPackageSummary,
  paginateListModelPackages,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { mediaTypes } from '../../../container/serving/codecs/codecs';
import { checkName, uniqueName } from '../../contract/names';
import {
  type ApprovalStatus,
  checkApproved,
  type RegisteredModel,
  type RegisterOptions,
  unknownVersion,
  usualGroup,
} from '../../contract/registeredModel';
import type { AwsContext } from '../account/context';
import { collect } from '../account/lists';
import { patience, rideOut } from '../account/poll';
import { unlessGone, unlessTaken } from '../account/serviceErrors';
import { lineageTags } from '../storage/artifact';
import { expectArtifact } from '../storage/objects';

/** A version with its ARN, under which SageMaker knows it. */
interface Version extends RegisteredModel {
  readonly arn: string;
}

/** The parts of a version that are deployed. */
export interface Approved {
  arn: string;
  image: string;
  modelArtifact: string;
}

/** Registers an artifact as the next version of its group, and creates the group if there is none. */
export async function registerModel(
  context: AwsContext,
  modelArtifact: string,
  { group = usualGroup, description }: RegisterOptions,
  findImage: () => Promise<string>,
): Promise<RegisteredModel> {
  checkName(group);
  await expectArtifact(context, modelArtifact);
  const lineage = await lineageTags(context, modelArtifact);
  const Image = await findImage();
  const { sagemaker } = context.clients;
  const seconds = patience.start;
  const groupCommand = new CreateModelPackageGroupCommand({
    ModelPackageGroupName: group,
    Tags: context.tags,
  });
  await rideOut(context, () => sagemaker.send(groupCommand).catch(unlessTaken), { seconds });
  const command = new CreateModelPackageCommand({
    ModelPackageGroupName: group,
    ...(description && { ModelPackageDescription: description }),
    InferenceSpecification: {
      Containers: [{ Image, ModelDataUrl: modelArtifact }],
      SupportedContentTypes: [...mediaTypes],
      SupportedResponseMIMETypes: [...mediaTypes],
    },
    ModelApprovalStatus: 'PendingManualApproval',
    // A version has no tags.
    CustomerMetadataProperties: Object.fromEntries(
      [...context.tags, ...lineage].map(({ Key, Value }) => [Key, Value]),
    ),
    // The same for each attempt, so that one whose response was lost is not made twice.
    ClientToken: uniqueName('register'),
  });
  const { ModelPackageArn: arn = '' } = await rideOut(context, () => sagemaker.send(command), { seconds });
  context.recordCreation('registered model', arn);
  return await openVersion(context, arn);
}

/** Returns the versions of a group, latest first. */
export async function listRegistered(context: AwsContext, group = usualGroup): Promise<RegisteredModel[]> {
  checkName(group);
  const versions = await listVersions(context, group);
  return await Promise.all(versions.map(({ ModelPackageArn = '' }) => openVersion(context, ModelPackageArn)));
}

async function listVersions(
  { clients }: AwsContext,
  ModelPackageGroupName: string,
): Promise<ModelPackageSummary[]> {
  const pages = paginateListModelPackages({ client: clients.sagemaker }, { ModelPackageGroupName });
  const listed = collect(pages, ({ ModelPackageSummaryList = [] }) => ModelPackageSummaryList);
  return ((await unlessGone(listed)) ?? []).sort(
    (one, other) => (other.ModelPackageVersion ?? 0) - (one.ModelPackageVersion ?? 0),
  );
}

async function openVersion(context: AwsContext, arn: string): Promise<Version> {
  const found = await describe(context, arn);
  const { ModelPackageDescription: description, ApprovalDescription: note } = found;
  const { version } = numberOf(arn);
  const { ModelPackageGroupName: group = '' } = found;
  const decide = (ModelApprovalStatus: ApprovalStatus) => async (why?: string) => {
    const command = new UpdateModelPackageCommand({
      ModelPackageArn: arn,
      ModelApprovalStatus,
      ...(why && { ApprovalDescription: why }),
    });
    await describe(context, arn);
    await context.clients.sagemaker.send(command);
    return await openVersion(context, arn);
  };
  return {
    arn,
    group,
    version,
    status: found.ModelApprovalStatus ?? 'PendingManualApproval',
    modelArtifact: containerOf(found).modelArtifact,
    ...(description && { description }),
    ...(note && { note }),
    approve: decide('Approved'),
    reject: decide('Rejected'),
    delete: () => deleteVersion(context, arn),
  };
}

/** Returns a version's group and number from the end of its ARN. */
function numberOf(arn: string): { group: string; version: number } {
  const [, group = '', version] = /:model-package\/([^/]+)\/(\d+)$/.exec(arn) ?? [];
  return { group, version: Number(version) };
}

async function describe({ clients }: AwsContext, arn: string): Promise<DescribeModelPackageCommandOutput> {
  const found = await unlessGone(
    clients.sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: arn })),
  );
  if (found) return found;
  throw unknownVersion(numberOf(arn));
}

/** Returns the image and artifact of a version. */
export function containerOf({ InferenceSpecification }: DescribeModelPackageCommandOutput) {
  const [container] = InferenceSpecification?.Containers ?? [];
  return { image: container?.Image ?? '', modelArtifact: container?.ModelDataUrl ?? '' };
}

/** Resolves to what to deploy of a version. Throws a {@link UserError} if it is gone or not approved. */
export async function expectApproved(context: AwsContext, model: RegisteredModel): Promise<Approved> {
  const arn = (model as Version).arn ?? arnOf(context, model);
  const found = await describe(context, arn);
  checkApproved({ ...numberOf(arn), status: found.ModelApprovalStatus ?? 'PendingManualApproval' });
  return { arn, ...containerOf(found) };
}

function arnOf({ place }: AwsContext, { group, version }: RegisteredModel): string {
  const partition = place.identity.split(':')[1];
  return `arn:${partition}:sagemaker:${place.region.value}:${place.account}:model-package/${group}/${version}`;
}

/** Deletes a version, and its group with the last one. Does nothing if it is gone. */
export async function deleteVersion(context: AwsContext, arn: string): Promise<void> {
  const { sagemaker } = context.clients;
  const { group } = numberOf(arn);
  await unlessGone(sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: arn })));
  context.recordEnd('registered model', arn);
  if ((await listVersions(context, group)).length > 0) return;
  await unlessGone(sagemaker.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: group })));
}
