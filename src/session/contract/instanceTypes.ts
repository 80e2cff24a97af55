// What the machines of SageMaker have, for Docker's limits: processors and memory, from AWS's table of ML instances.
import { UserError } from '../../platform/errors';

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

/** Throws a {@link UserError} for an instance type whose size is not in the table. */
export function sizeOf(instanceType: string): Machine {
  const found = Object.hasOwn(machines, instanceType) && machines[instanceType];
  if (found) return found;
  throw new UserError(
    `The size of "${instanceType}" is not known here. Known are ${Object.keys(machines).join(', ')}; ` +
      'without an instance type, a container may use the whole machine.',
  );
}
