// Reads the account's quotas for SageMaker from Service Quotas.
import { paginateListServiceQuotas } from '@aws-sdk/client-service-quotas';
import type { AwsClients } from './clients';
import { isDenied } from './serviceErrors';

export interface Quota {
  limit: number;
  /** Such as L-1194F27D. */
  code: string;
}

/** Resolves to SageMaker's quotas by their names, or to undefined without permission. */
export async function readQuotas({ quotas: client }: AwsClients): Promise<Map<string, Quota> | undefined> {
  const found = new Map<string, Quota>();
  try {
    for await (const { Quotas = [] } of paginateListServiceQuotas({ client }, { ServiceCode: 'sagemaker' })) {
      for (const { QuotaName = '', Value = 0, QuotaCode = 'CODE' } of Quotas) {
        found.set(QuotaName, { limit: Value, code: QuotaCode });
      }
    }
  } catch (error) {
    if (!isDenied(error)) throw error;
    return undefined;
  }
  return found;
}
