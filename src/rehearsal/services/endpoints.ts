// Endpoints: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import { rehearseEndpoint, type Served } from '../runs/endpoint';
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import { invalid, type Operations } from './service';
import type { Tag } from './tags';

interface Named {
  EndpointName: string;
}

interface Configured extends Named {
  EndpointConfigName: string;
}

export function endpointOperations(account: Account): Operations {
  const { stage, behaviour, endpoints, deletions } = account;
  const getIdle = (name: string) => {
    const endpoint = endpoints.get(name);
    if (['Creating', 'Updating', 'Deleting'].includes(endpoint.state.EndpointStatus)) {
      throw invalid(`Cannot update in-progress endpoint "${name}".`);
    }
    return endpoint;
  };
  return {
    'SageMaker.CreateEndpoint': ({
      EndpointName,
      EndpointConfigName,
      Tags,
    }: Configured & { Tags?: Tag[] }) => {
      if (endpoints.find(EndpointName)) {
        throw invalid(`Cannot create already existing endpoint "${EndpointName}".`);
      }
      const served = findServed(account, EndpointConfigName);
      const endpoint = rehearseEndpoint(stage, { name: EndpointName, served }, behaviour);
      return { EndpointArn: endpoints.add(EndpointName, endpoint, Tags) };
    },
    'SageMaker.UpdateEndpoint': ({
      EndpointName,
      EndpointConfigName,
      RetainAllVariantProperties = false,
    }: Configured & { RetainAllVariantProperties?: boolean }) => {
      const endpoint = getIdle(EndpointName);
      if (endpoint.state.EndpointStatus !== 'InService') {
        throw invalid(`Cannot update endpoint "${EndpointName}": its status is Failed.`);
      }
      endpoint.update(findServed(account, EndpointConfigName), RetainAllVariantProperties);
      return { EndpointArn: arnOf('endpoint', EndpointName) };
    },
    'SageMaker.DescribeEndpoint': ({ EndpointName }: Named) => {
      const { instances, variants, ...state } = endpoints.get(EndpointName).state;
      const counts = { CurrentInstanceCount: instances, DesiredInstanceCount: instances };
      return {
        EndpointName,
        EndpointArn: arnOf('endpoint', EndpointName),
        ...state,
        ProductionVariants: variants.map((VariantName) => ({ VariantName, ...counts })),
      };
    },
    'SageMaker.ListEndpoints': (input: ListInput) =>
      listPage(
        endpoints.entries().map(({ name, arn, item: { state } }) => ({
          name,
          status: state.EndpointStatus,
          shown: {
            EndpointName: name,
            EndpointArn: arn,
            CreationTime: state.CreationTime,
            LastModifiedTime: state.LastModifiedTime,
            EndpointStatus: state.EndpointStatus,
          },
        })),
        'Endpoints',
        input,
      ),
    'SageMaker.DeleteEndpoint': ({ EndpointName }: Named) => {
      const deletion = getIdle(EndpointName).delete();
      deletions.push(deletion.then(() => endpoints.delete(EndpointName)));
      return {};
    },
  };
}

/** Throws a {@link ServiceError} if the configuration or its model does not exist. */
function findServed({ endpointConfigs, models }: Account, configuration: string): Served {
  const { ProductionVariants } = endpointConfigs.get(configuration).request;
  const model = models.get(ProductionVariants[0]?.ModelName ?? '');
  return {
    configuration,
    variants: ProductionVariants.map(({ VariantName }) => VariantName),
    modelDataUrl: model.request.PrimaryContainer.ModelDataUrl,
  };
}
