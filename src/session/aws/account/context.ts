// What all parts of the AWS session share: clients, place, bucket, ledger, purse, tags and options. Made when the first
// verb needs it, so that opening a session asks AWS nothing.
import type { Tag } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../../platform/errors';
import type { Lineage } from '../../contract/lineage';
import { openBucket } from './bucket';
import { openPurse, type Purse } from './budget';
import { type AwsClients, type CallObserver, createClients } from './clients';
import { findPlace, findRegion, type Place } from './identity';
import { type Ledger, type LedgerEntry, openLedger, type ResourceKind } from './ledger';
import { checkOptions } from './optionChecks';
import type { AwsSessionOptions } from './options';

/** The tag by which everything of this workshop is found, and the one that says whose it is. */
export const projectTag = { Key: 'project', Value: 'sagemaker-text-classification' };
export const ownerKey = 'owner';

/** Everything in the bucket lies below it. */
export const prefix = 'sagemaker-text-classification';

export interface AwsContext {
  readonly clients: AwsClients;
  readonly place: Place;
  /** With ExpectedBucketOwner, for every request to it. */
  readonly bucket: { Bucket: string; ExpectedBucketOwner: string };
  readonly ledger: Ledger;
  readonly purse: Purse;
  readonly options: AwsSessionOptions;
  readonly pollSeconds: number;
  /** Shows a sentence under the cell. */
  readonly tell: (sentence: string) => void;
  /** Makes a place for a text that is written again and again. */
  readonly live: Audience['live'];
  /** Of everything that is created. */
  readonly tags: Tag[];
  /** The ledger's line before something is created. */
  recordCreation(kind: ResourceKind, name: string, request?: string): void;
  /** The ledger's line when it has ended, unless the ledger knows. */
  recordEnd(kind: ResourceKind, name: string, made?: Lineage): void;
  /** What the ledger holds of this account and region and has not ended. */
  recorded(): LedgerEntry[];
}

/** Whom the session tells what. */
export interface Audience {
  tell: (sentence: string) => void;
  /** Makes a place for a text that is written again and again. */
  live: () => (text: string) => void;
  onCall?: CallObserver;
}

export async function createContext(
  options: AwsSessionOptions,
  { tell, live, onCall }: Audience,
): Promise<AwsContext> {
  checkOptions(options);
  const budget = readBudget(options);
  const region = await findRegion(options.region);
  const clients = createClients(region.value, onCall);
  const place = await findPlace(clients, region, options);
  const ledger = openLedger(options.ledger);
  const tags = [projectTag, { Key: ownerKey, Value: ownerOf(place.identity) }];
  const here = { account: place.account, region: region.value };
  const recordCreation: AwsContext['recordCreation'] = (kind, name, request) =>
    ledger.add({ action: 'create', kind, name, ...here, ...(request && { request }) });
  const bucket = await openBucket(clients, place, tags, {
    name: options.bucket,
    onCreate: (name) => recordCreation('bucket', name),
  });
  return {
    clients,
    place,
    bucket: { Bucket: bucket, ExpectedBucketOwner: place.account },
    ledger,
    purse: openPurse(clients, region.value, budget, tell),
    options,
    pollSeconds: options.pollSeconds ?? 2,
    tell,
    live,
    tags,
    recordCreation,
    recordEnd(kind, name, made) {
      const isOpen = ledger.open(here).some((entry) => entry.kind === kind && entry.name === name);
      if (isOpen) ledger.add({ action: 'end', kind, name, ...here, ...(made && { made }) });
    },
    recorded: () => ledger.open(here),
  };
}

/** The identity without what an SDK makes up for each sign-in, in the characters that a tag may have. */
function ownerOf(identity: string): string {
  const lasting = identity.replace(/\/(aws-sdk-js|botocore|aws-go-sdk)[a-z-]*-\d+$/, '');
  return lasting.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '-').slice(0, 256);
}

/** Throws a {@link UserError} for what is no amount. */
export function readBudget({ budget, unknownPrice }: AwsSessionOptions) {
  const given = budget ?? (process.env.BUDGET_USD || 0);
  const dollars = Number(given);
  if (!Number.isFinite(dollars) || dollars < 0) {
    throw new UserError(`The budget is "${given}"; it must be a number of US dollars, such as 2.50.`);
  }
  return { dollars, allowUnknown: (unknownPrice ?? process.env.UNKNOWN_PRICE) === 'allow' };
}
