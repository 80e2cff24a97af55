// The state that all parts of the AWS session share: clients, place, bucket, ledger, budget, tags and options. The first
// verb creates it, so opening a session sends no request.
import type { Tag } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import type { Lineage } from '../../contract/lineage';
import { defaultBucket, openBucket } from './bucket';
import { type Budget, type BudgetLimit, type Commitment, openBudget } from './budget';
import { type AwsClients, type CallObserver, createClients } from './clients';
import { findPlace, findRegion, type Place } from './identity';
import { type Ledger, type LedgerEntry, openLedger, type ResourceKind } from './ledger';
import { once } from './once';
import { checkOptions } from './optionChecks';
import type { AwsSessionOptions } from './options';

/** The tag of every resource that the workshop creates. */
export const projectTag = { Key: 'project', Value: 'sagemaker-text-classification' };
/** Key of the tag with the identity that created a resource. */
export const ownerKey = 'owner';

export interface AwsContext {
  readonly clients: AwsClients;
  readonly place: Place;
  /** Fields of every request to the bucket. S3 rejects one if the bucket has another owner. */
  readonly bucket: { Bucket: string; ExpectedBucketOwner: string };
  /** Prefix of every key that the session writes to the bucket, without a slash at its end. */
  readonly prefix: string;
  /** Finds or creates the bucket, before something is written to it. Sends requests only once. */
  openBucket(): Promise<unknown>;
  readonly ledger: Ledger;
  readonly budget: Budget;
  readonly options: AwsSessionOptions;
  readonly pollSeconds: number;
  /** Shows a sentence under the cell. */
  readonly tell: (sentence: string) => void;
  /** Shows a sentence, unless the session has shown it before. */
  readonly tellOnce: (sentence: string) => void;
  readonly live: Audience['live'];
  /** Tags for every resource that the session creates. */
  readonly tags: Tag[];
  /** Writes to the ledger that a resource is about to be created. */
  recordCreation(
    kind: ResourceKind,
    name: string,
    more?: Pick<LedgerEntry, 'request' | 'ends' | 'modelArtifact' | 'most'>,
  ): void;
  /** Writes to the ledger that a resource has ended. Does nothing if the ledger has it already. */
  recordEnd(kind: ResourceKind, name: string, made?: Lineage): void;
  /** Returns the ledger's entries of this account and region that have not ended. */
  recorded(): LedgerEntry[];
}

/** Callbacks for what the session reports. */
export interface Audience {
  /** Shows a sentence under the cell. */
  tell: (sentence: string) => void;
  /** Returns a function that shows a text under the cell, each time in place of the last one. */
  live: () => (text: string) => void;
  onCall?: CallObserver;
}

/** @param findRunning returns what the budget counts although this session has not started it */
export async function createContext(
  options: AwsSessionOptions,
  { tell, live, onCall }: Audience,
  findRunning: (context: AwsContext) => Promise<Commitment[]> = async () => [],
): Promise<AwsContext> {
  checkOptions(options);
  const limit = readBudget(options);
  const region = await findRegion(options.region);
  const clients = createClients(region.value, onCall);
  const place = await findPlace(clients, region, options);
  const ledger = openLedger(options.ledger);
  const own = Object.entries(options.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  const tags = [projectTag, { Key: ownerKey, Value: ownerOf(place.identity) }, ...own];
  const here = { account: place.account, region: region.value };
  const recordCreation: AwsContext['recordCreation'] = (kind, name, more) =>
    ledger.add({ action: 'create', kind, name, ...here, ...more });
  const told = new Set<string>();
  const Bucket = options.bucket ?? defaultBucket(place);
  const context: AwsContext = {
    clients,
    place,
    bucket: { Bucket, ExpectedBucketOwner: place.account },
    prefix: [options.bucketPrefix, 'sagemaker-text-classification'].filter(Boolean).join('/'),
    openBucket: once(() =>
      openBucket(clients, place, tags, {
        ...options,
        onCreate: (name) => recordCreation('bucket', name),
        tell,
      }),
    ),
    ledger,
    budget: openBudget(clients, region.value, limit, tell, () => findRunning(context)),
    options,
    pollSeconds: options.pollSeconds ?? Number(process.env.POLL_SECONDS || 10),
    tell,
    tellOnce(sentence) {
      if (!told.has(sentence)) tell(sentence);
      told.add(sentence);
    },
    live,
    tags,
    recordCreation,
    recordEnd(kind, name, made) {
      const isOpen = ledger.open(here).some((entry) => entry.kind === kind && entry.name === name);
      if (isOpen) ledger.add({ action: 'end', kind, name, ...here, ...(made && { made }) });
    },
    recorded: () => ledger.open(here),
  };
  return context;
}

/** Returns the identity as a tag's value, without the session name that an SDK generates for each sign-in. */
function ownerOf(identity: string): string {
  const lasting = identity.replace(/\/(aws-sdk-js|botocore|aws-go-sdk)[a-z-]*-\d+$/, '');
  return lasting.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '-').slice(0, 256);
}

/** Returns the network settings of a job or model in SageMaker's terms. */
export function networkOf({ vpc, networkIsolation }: AwsSessionOptions) {
  return {
    ...(vpc && { VpcConfig: { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups } }),
    ...(networkIsolation && { EnableNetworkIsolation: true }),
  };
}

/** Returns the limit in the options or the environment. Throws a {@link UserError} if it is not an amount. */
export function readBudget({ budget, unknownPrice }: AwsSessionOptions): BudgetLimit {
  const given = budget ?? (process.env.BUDGET_USD || 0);
  const dollars = Number(given);
  if (!Number.isFinite(dollars) || dollars < 0) {
    throw new UserError(`The budget is "${given}". It must be a number of US dollars, such as 2.50.`);
  }
  return { dollars, allowUnknown: (unknownPrice ?? process.env.UNKNOWN_PRICE) === 'allow' };
}
