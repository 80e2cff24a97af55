// Endpoints: the operations of SageMaker's API.

import { arnOf } from '../runs/arn';
import { type Guard, rehearseEndpoint, type Served } from '../runs/endpoint';
import type { Account } from './account';
import { stateOf } from './alarms';
import { type ListInput, listPage } from './lists';
import { artifactOf } from './modelPackages';
import { invalid, type Operations } from './service';
import type { Tag } from './tags';

interface Named {
  EndpointName: string;
}

/** A DeploymentConfig of UpdateEndpoint. */
interface Deployment {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'ALL_AT_ONCE' | 'CANARY' | 'LINEAR';
      WaitIntervalInSeconds: number;
      CanarySize?: { Type: string; Value: number };
    };
    TerminationWaitInSeconds?: number;
    MaximumExecutionTimeoutInSeconds?: number;
  };
  AutoRollbackConfiguration?: { Alarms?: { AlarmName: string }[] };
}

interface Configured extends Named {
  EndpointConfigName: string;
}

export function endpointOperations(account: Account): Operations {
  const { stage, behaviour, endpoints, deletions } = account;
  const getIdle = (name: string) => {
    const endpoint = endpoints.get(name);
    if (['Creating', 'Updating', 'RollingBack', 'Deleting'].includes(endpoint.state.EndpointStatus)) {
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
      DeploymentConfig,
    }: Configured & { RetainAllVariantProperties?: boolean; DeploymentConfig?: Deployment }) => {
      const endpoint = getIdle(EndpointName);
      if (endpoint.state.EndpointStatus !== 'InService') {
        throw invalid(`Cannot update endpoint "${EndpointName}": its status is Failed.`);
      }
      const keepsInstances = RetainAllVariantProperties;
      const instances = keepsInstances ? endpoint.state.instances : 1;
      const guard = DeploymentConfig && readGuard(account, DeploymentConfig, instances);
      endpoint.update(findServed(account, EndpointConfigName), { keepsInstances, guard });
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
function findServed(account: Account, configuration: string): Served {
  const { ProductionVariants } = account.endpointConfigs.get(configuration).request;
  return {
    configuration,
    variants: ProductionVariants.map(({ VariantName }) => VariantName),
    modelDataUrl: artifactOf(account, ProductionVariants[0]?.ModelName ?? ''),
  };
}

/** Throws a {@link ServiceError} for a deployment that SageMaker's guide rules out. */
function readGuard(account: Account, deployment: Deployment, instances: number): Guard {
  const { TrafficRoutingConfiguration: routing, ...policy } = deployment.BlueGreenUpdatePolicy;
  const { TerminationWaitInSeconds = 0, MaximumExecutionTimeoutInSeconds = 28_800 } = policy;
  const { Type, WaitIntervalInSeconds: before, CanarySize } = routing;
  if (before + TerminationWaitInSeconds >= MaximumExecutionTimeoutInSeconds) {
    throw invalid('MaximumExecutionTimeoutInSeconds must exceed the sum of the waits.');
  }
  if (Type === 'CANARY' && (!CanarySize || CanarySize.Value > 50 || instances < 2)) {
    throw invalid('CanarySize must be at most 50% of the instances of the variant.');
  }
  const names = (deployment.AutoRollbackConfiguration?.Alarms ?? []).map(({ AlarmName }) => AlarmName);
  const missing = names.find((name) => !account.alarms.has(name));
  if (missing) throw invalid(`The alarm ${missing} does not exist.`);
  return {
    waits: [before, TerminationWaitInSeconds],
    tripped: () => names.find((name) => stateOf(account, name).StateValue === 'ALARM'),
  };
}
