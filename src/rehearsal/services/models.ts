// Models: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import type { Model } from './resources';
import { invalid, type Operations } from './service';
import type { Tag } from './tags';

interface Named {
  ModelName: string;
}

export function modelOperations({ behaviour: { clock }, models, modelPackages }: Account): Operations {
  const checkApproved = (arn: string | undefined) => {
    const version = arn === undefined ? undefined : modelPackages.get(arn);
    if (arn !== undefined && version?.request.ModelApprovalStatus !== 'Approved') {
      throw invalid(`Model package ${arn} is not approved.`);
    }
  };
  return {
    'SageMaker.CreateModel': ({ Tags, ...request }: Model['request'] & { Tags?: Tag[] }) => {
      const name = request.ModelName;
      if (models.find(name)) throw invalid(`Cannot create already existing model "${name}".`);
      checkApproved(request.PrimaryContainer.ModelPackageName);
      return { ModelArn: models.add(name, { request, CreationTime: clock.now() }, Tags) };
    },
    'SageMaker.DescribeModel': ({ ModelName }: Named) => {
      const { request, CreationTime } = models.get(ModelName);
      return { ...request, ModelArn: arnOf('model', ModelName), CreationTime };
    },
    'SageMaker.ListModels': (input: ListInput) =>
      listPage(
        models.entries().map(({ name, arn, item: { CreationTime } }) => ({
          name,
          shown: { ModelName: name, ModelArn: arn, CreationTime },
        })),
        'Models',
        input,
      ),
    'SageMaker.DeleteModel': ({ ModelName }: Named) => {
      models.delete(ModelName);
      return {};
    },
  };
}
