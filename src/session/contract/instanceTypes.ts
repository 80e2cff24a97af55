// SageMaker's machines: the defaults, and their processors and memory from AWS's table of ML instances, for Docker's limits.
import type { Platform } from '../../image/engine/platform';
import { UserError } from '../../platform/errors';

/** Default size of a serverless endpoint: enough for every model of the workshop. */
export const usualServerless = { memoryMegabytes: 2048, concurrency: 5 };

/** Returns the instance type of an endpoint. SageMaker no longer hosts on the T2 family. @default ml.m5.large */
export function endpointMachine({ endpointInstance }: { endpointInstance?: string } = {}): string {
  return endpointInstance ?? 'ml.m5.large';
}

interface Machine {
  vcpus: number;
  gibibytes: number;
}

const machines: Readonly<Record<string, Machine>> = {
  'ml.t3.medium': { vcpus: 2, gibibytes: 4 },
  'ml.m5.large': { vcpus: 2, gibibytes: 8 },
  'ml.m5.xlarge': { vcpus: 4, gibibytes: 16 },
  'ml.c5.large': { vcpus: 2, gibibytes: 4 },
  'ml.c5.xlarge': { vcpus: 4, gibibytes: 8 },
  'ml.c5.2xlarge': { vcpus: 8, gibibytes: 16 },
};

/** Returns whether the machine belongs to a burstable family (T2, T3, …), which SageMaker does not scale. */
export function isBurstable(instanceType: string): boolean {
  return /^ml\.t\d/.test(instanceType);
}

/** Returns the platform of a machine: linux/arm64 on Graviton (C7g, M6gd, …; unlike G5), which SageMaker has for endpoints. */
export function platformOf(instanceType: string): Platform {
  return /^ml\.[a-z]+\d+g[a-z]*\./.test(instanceType) ? 'linux/arm64' : 'linux/amd64';
}

/** Returns processors and memory. Throws a {@link UserError} for an instance type that is not in the table. */
export function sizeOf(instanceType: string): Machine {
  const found = Object.hasOwn(machines, instanceType) && machines[instanceType];
  if (found) return found;
  throw new UserError(
    `The size of "${instanceType}" is unknown. Choose one of ${Object.keys(machines).join(', ')}, or leave out ` +
      'instanceType: the container may then use the whole machine.',
  );
}
