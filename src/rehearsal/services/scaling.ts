// Application Auto Scaling: scalable targets of endpoints, and their policies. A target changes the number of instances at
// once if that number is out of bounds; no policy is ever evaluated.

import { accountId } from '../runs/arn';
import type { Account } from './account';
import type { ScalableTarget, ScalingPolicy, TargetId } from './resources';
import { invalid, type Operations, ServiceError } from './service';

const service = 'AnyScaleFrontendService';

export function scalingOperations({ behaviour, endpoints, scalableTargets }: Account): Operations {
  const get = ({ ServiceNamespace, ResourceId, ScalableDimension }: TargetId) => {
    const target = scalableTargets.get(ResourceId);
    if (target) return target;
    throw new ServiceError(
      'ObjectNotFoundException',
      `No scalable target found for service namespace: ${ServiceNamespace}, resource ID: ${ResourceId}, scalable dimension: ${ScalableDimension}`,
    );
  };
  return {
    [`${service}.RegisterScalableTarget`]: (input: Omit<ScalableTarget, 'CreationTime' | 'policies'>) => {
      const [, name = ''] = input.ResourceId.split('/');
      const endpoint = endpoints.find(name);
      if (endpoint?.state.EndpointStatus !== 'InService') {
        throw invalid(`Could not find endpoint "${name}", or it is in-progress.`);
      }
      const { policies, CreationTime } = scalableTargets.get(input.ResourceId) ?? {
        policies: [],
        CreationTime: behaviour.clock.now(),
      };
      scalableTargets.set(input.ResourceId, { ...input, policies, CreationTime });
      endpoint.scale(input.MinCapacity, input.MaxCapacity);
      return {};
    },
    [`${service}.DescribeScalableTargets`]: ({ ResourceIds }: { ResourceIds?: string[] }) => ({
      ScalableTargets: [...scalableTargets.values()]
        .filter(({ ResourceId }) => ResourceIds?.includes(ResourceId) ?? true)
        .map(({ policies, ...target }) => target),
    }),
    [`${service}.DeregisterScalableTarget`]: (input: TargetId) => {
      get(input);
      scalableTargets.delete(input.ResourceId);
      return {};
    },
    [`${service}.PutScalingPolicy`]: (input: ScalingPolicy) => {
      const target = get(input);
      const others = target.policies.filter(({ PolicyName }) => PolicyName !== input.PolicyName);
      target.policies = [...others, input];
      return { PolicyARN: policyArn(input), Alarms: [] };
    },
    [`${service}.DescribeScalingPolicies`]: ({ ResourceId }: { ResourceId?: string }) => ({
      ScalingPolicies: [...scalableTargets.values()]
        .filter((target) => ResourceId === undefined || target.ResourceId === ResourceId)
        .flatMap(({ policies, CreationTime }) =>
          policies.map((policy) => ({ ...policy, PolicyARN: policyArn(policy), CreationTime })),
        ),
    }),
  };
}

function policyArn({ ResourceId, PolicyName }: ScalingPolicy): string {
  return `arn:aws:autoscaling:us-east-1:${accountId}:scalingPolicy:0:resource/sagemaker/${ResourceId}:policyName/${PolicyName}`;
}
