// Endpoint configurations: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import type { EndpointConfig } from './resources';
import { invalid, type Operations } from './service';
import type { Tag } from './tags';

interface Named {
  EndpointConfigName: string;
}

export function endpointConfigOperations({ behaviour, models, endpointConfigs }: Account): Operations {
  return {
    'SageMaker.CreateEndpointConfig': ({
      Tags,
      ...request
    }: EndpointConfig['request'] & { Tags?: Tag[] }) => {
      const name = request.EndpointConfigName;
      if (endpointConfigs.find(name)) {
        throw invalid(`Cannot create already existing endpoint configuration "${name}".`);
      }
      for (const { ModelName, InstanceType } of request.ProductionVariants) {
        if (InstanceType?.startsWith('ml.t2.')) throw invalid('Deprecated instance type "T2"');
        models.get(ModelName);
      }
      const CreationTime = behaviour.clock.now();
      return { EndpointConfigArn: endpointConfigs.add(name, { request, CreationTime }, Tags) };
    },
    'SageMaker.DescribeEndpointConfig': ({ EndpointConfigName }: Named) => {
      const { request, CreationTime } = endpointConfigs.get(EndpointConfigName);
      return { ...request, EndpointConfigArn: arnOf('endpoint-config', EndpointConfigName), CreationTime };
    },
    'SageMaker.ListEndpointConfigs': (input: ListInput) =>
      listPage(
        endpointConfigs.entries().map(({ name, arn, item: { CreationTime } }) => ({
          name,
          shown: { EndpointConfigName: name, EndpointConfigArn: arn, CreationTime },
        })),
        'EndpointConfigs',
        input,
      ),
    'SageMaker.DeleteEndpointConfig': ({ EndpointConfigName }: Named) => {
      endpointConfigs.delete(EndpointConfigName);
      return {};
    },
  };
}
