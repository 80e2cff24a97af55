// The machines that are rented unless the call names others: those of the original workshop.
export const defaultInstanceTypes = { training: 'ml.c5.2xlarge', endpoint: 'ml.t2.medium' };

/** What Service Quotas calls the numbers of them that an account may have. */
export function quotaNames(): string[] {
  const { training, endpoint } = defaultInstanceTypes;
  return [`${training} for training job usage`, `${endpoint} for endpoint usage`];
}
