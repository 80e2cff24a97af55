// Prices, quotas and the image's platform: services with invented figures.
import { quotaNames } from '../../session/aws/account/instances';
import type { Operations } from './service';

/** Invented figures of the account. */
export interface Figures {
  /** US dollars an hour: of every instance type, or of each. */
  dollarsPerHour: number | ((instanceType: string) => number);
  /** Instances of each type that the account may run. */
  quota: number;
  /** Whether the account has a quota for warm pools. */
  keepsInstances: boolean;
  /** The platform of the image that ECR has a record of. */
  architecture: string;
}

export function figureOperations({
  dollarsPerHour,
  quota,
  keepsInstances,
  architecture,
}: Figures): Operations {
  const limitOf = (name: string) => {
    if (name.includes('warm pool')) return keepsInstances ? quota : 0;
    return name.includes('serverless') ? 5 * quota : quota;
  };
  return {
    'AWSPriceListService.GetProducts': ({ Filters = [] }: { Filters?: { Value: string }[] }) => {
      const type = Filters.find(({ Value }) => Value.startsWith('ml.'))?.Value ?? '';
      const dollars = typeof dollarsPerHour === 'number' ? dollarsPerHour : dollarsPerHour(type);
      const isServerless = Filters.some(({ Value }) => Value === 'ML Serverless');
      return { PriceList: isServerless ? serverlessPrices(dollars) : [priceEntry(dollars)] };
    },
    'ServiceQuotasV20190624.ListServiceQuotas': () => ({
      Quotas: Object.values({ ...quotaNames({}), spot: quotaNames({ spot: true }).training }).map(
        (QuotaName, index) => ({ QuotaName, QuotaCode: `L-0000000${index}`, Value: limitOf(QuotaName) }),
      ),
    }),
    'AmazonEC2ContainerRegistry_V20150921.GetDownloadUrlForLayer': () => ({
      downloadUrl: `data:application/json,${JSON.stringify({ os: 'linux', architecture })}`,
    }),
  };
}

/** Returns an entry in the price list's format. */
function priceEntry(dollars: number, unit = 'Hrs', usagetype = 'USE1-Tsform:ml.rehearsal'): string {
  const dimension = { unit, pricePerUnit: { USD: String(dollars) } };
  return JSON.stringify({
    product: { attributes: { usagetype } },
    terms: { OnDemand: { rehearsal: { priceDimensions: { rehearsal: dimension } } } },
  });
}

/** Returns a price per second for each memory size: 4 GB cost as much as an instance. */
function serverlessPrices(dollarsPerHour: number): string[] {
  return [1, 2, 3, 4, 5, 6].map((gigabytes) =>
    priceEntry((dollarsPerHour * gigabytes) / 4 / 3600, 'Second', `USE1-ServerlessInf:Mem-${gigabytes}GB`),
  );
}
