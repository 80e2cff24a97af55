// The model registry: groups and their versions. What was registered is kept; nothing is validated.
import { arnOf } from '../runs/arn';
import type { Account } from './account';
import type { ModelPackage } from './resources';
import { invalid, type Operations } from './service';
import type { Tag } from './tags';

interface Group {
  ModelPackageGroupName: string;
}

interface Named {
  ModelPackageName: string;
}

type Version = ModelPackage['request'] & Group & { ClientToken?: string; Tags?: Tag[] };
type Update = Partial<ModelPackage['request']> & { ModelPackageArn: string };

export function modelPackageOperations({ behaviour, modelGroups, modelPackages }: Account): Operations {
  const versionsOf = (group: string) =>
    [...modelPackages].map(([arn, item]) => ({ arn, ...item })).filter((one) => one.group === group);
  const get = (arn: string) => {
    const found = modelPackages.get(arn);
    if (found) return found;
    throw invalid(`ModelPackage ${arn} does not exist.`);
  };
  return {
    'SageMaker.CreateModelPackageGroup': ({
      ModelPackageGroupName: name,
      Tags,
    }: Group & { Tags?: Tag[] }) => {
      if (modelGroups.find(name)) throw invalid(`Model Package Group already exists: ${name}`);
      return { ModelPackageGroupArn: modelGroups.add(name, { CreationTime: behaviour.clock.now() }, Tags) };
    },
    'SageMaker.DeleteModelPackageGroup': ({ ModelPackageGroupName: name }: Group) => {
      if (versionsOf(name).length > 0) throw invalid(`ModelPackageGroup ${name} is not empty.`);
      modelGroups.delete(name);
      return {};
    },
    'SageMaker.CreateModelPackage': ({ Tags, ModelPackageGroupName: group, ...request }: Version) => {
      modelGroups.get(group);
      if (Tags) throw invalid('Tags cannot be set on a version of a model.');
      const same = versionsOf(group).find(
        (one) => (one.request as Version).ClientToken === request.ClientToken,
      );
      if (same) return { ModelPackageArn: same.arn };
      const version = Math.max(0, ...versionsOf(group).map((one) => one.version)) + 1;
      const arn = arnOf('model-package', `${group}/${version}`);
      modelPackages.set(arn, { group, version, request, CreationTime: behaviour.clock.now() });
      return { ModelPackageArn: arn };
    },
    'SageMaker.DescribeModelPackage': ({ ModelPackageName: arn }: Named) => {
      const { group, version, request, CreationTime } = get(arn);
      return {
        ...request,
        ModelPackageArn: arn,
        ModelPackageGroupName: group,
        ModelPackageVersion: version,
        ModelPackageStatus: 'Completed',
        ModelPackageStatusDetails: { ValidationStatuses: [] },
        CreationTime,
      };
    },
    'SageMaker.ListModelPackages': ({ ModelPackageGroupName: group }: Group) => {
      modelGroups.get(group);
      return {
        ModelPackageSummaryList: versionsOf(group).map(({ arn, version, request, CreationTime }) => ({
          ModelPackageArn: arn,
          ModelPackageGroupName: group,
          ModelPackageVersion: version,
          ModelApprovalStatus: request.ModelApprovalStatus,
          ModelPackageStatus: 'Completed',
          CreationTime,
        })),
      };
    },
    'SageMaker.UpdateModelPackage': ({ ModelPackageArn, ...changed }: Update) => {
      Object.assign(get(ModelPackageArn).request, changed);
      return { ModelPackageArn };
    },
    'SageMaker.DeleteModelPackage': ({ ModelPackageName: arn }: Named) => {
      get(arn);
      modelPackages.delete(arn);
      return {};
    },
  };
}

/** Returns the artifact of a model, which may come from the registry. */
export function artifactOf({ models, modelPackages }: Account, model: string): string {
  const { ModelDataUrl, ModelPackageName = '' } = models.get(model).request.PrimaryContainer;
  const [container] = modelPackages.get(ModelPackageName)?.request.InferenceSpecification.Containers ?? [];
  return ModelDataUrl ?? container?.ModelDataUrl ?? '';
}
