// What the workshop has stored in S3 and ECR, according to the ledger, and how to delete it.
import { BatchDeleteImageCommand, paginateDescribeImages } from '@aws-sdk/client-ecr';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { UserError } from '../../platform/errors';
import type { AwsContext } from './account/context';
import type { LedgerEntry } from './account/ledger';
import { isGone } from './account/serviceErrors';
import { outputFolder } from './jobs/trainingState';
import { folderOf } from './jobs/transformPlan';
import { deleteVersion } from './models/registeredModels';
import { deleteObjects } from './storage/objects';

/** Something that is stored, and how to delete it. */
export interface Stored {
  kind: 'stored data' | 'registered model' | 'images';
  name: string;
  /** Time of its last change. */
  since: Date;
  end(): Promise<void>;
}

/** Returns the folders in the bucket that the ledger knows to be this project's, and tells how much else is there. */
export async function findStoredData(context: AwsContext): Promise<Stored[]> {
  const { bucket, clients, prefix } = context;
  const folders = new Map<string, { files: number; bytes: number; since: Date }>();
  const known = new Map(
    entriesHere(context).flatMap((entry) => {
      const folder = folderOfEntry(context, entry);
      return folder === undefined ? [] : [[folder, entry] as const];
    }),
  );
  let others = 0;
  const pages = paginateListObjectsV2({ client: clients.s3 }, { ...bucket, Prefix: `${prefix}/` });
  for await (const { Contents = [] } of unlessNoBucket(pages)) {
    for (const { Key = '', Size = 0, LastModified = new Date(0) } of Contents) {
      const folder = [...known.keys()].find((one) => Key.startsWith(one));
      if (!folder) others += 1;
      else {
        const { files, bytes, since } = folders.get(folder) ?? { files: 0, bytes: 0, since: LastModified };
        const latest = since > LastModified ? since : LastModified;
        folders.set(folder, { files: files + 1, bytes: bytes + Size, since: latest });
      }
    }
  }
  if (others > 0) {
    context.tell(
      `${others} more files are below s3://${bucket.Bucket}/${prefix}/. This ledger does not have them, so they may be ` +
        'somebody else’s, and stay.',
    );
  }
  return [...folders].map(([folder, { files, bytes, since }]) => ({
    kind: 'stored data',
    name: `s3://${bucket.Bucket}/${folder} (${files} files, ${(bytes / 1e6).toFixed(1)} MB)`,
    since,
    async end() {
      await deleteObjects(context, folder);
      const { kind, name, account, region } = known.get(folder) as LedgerEntry;
      context.ledger.add({ action: 'end', kind, name, account, region, deleted: true });
    },
  }));
}

/** Returns the versions in the model registry that the ledger has. Their artifacts are stored data. */
export async function findRegistered(context: AwsContext): Promise<Stored[]> {
  const entries = context.recorded().filter(({ kind }) => kind === 'registered model');
  return entries.map(({ kind, name, time }) => ({
    kind: kind as 'registered model',
    name,
    since: new Date(time),
    end: () => deleteVersion(context, name),
  }));
}

/** Returns the images in the repositories that the ledger has. */
export async function findImages(context: AwsContext): Promise<Stored[]> {
  const { ecr } = context.clients;
  const stored: Stored[] = [];
  const entries = entriesHere(context).filter(({ kind }) => kind === 'repository');
  for (const repositoryName of new Set(entries.map(({ name }) => name))) {
    const digests: string[] = [];
    let since = new Date(0);
    try {
      for await (const { imageDetails = [] } of paginateDescribeImages({ client: ecr }, { repositoryName })) {
        for (const { imageDigest, imagePushedAt = since } of imageDetails) {
          if (imageDigest) digests.push(imageDigest);
          if (imagePushedAt > since) since = imagePushedAt;
        }
      }
    } catch (error) {
      if ((error as Error).name !== 'RepositoryNotFoundException') throw error;
    }
    if (digests.length === 0) continue;
    const end = async () => await deleteImages(context, repositoryName, digests);
    stored.push({ kind: 'images', name: `${repositoryName} in ECR (${digests.length})`, since, end });
  }
  return stored;
}

/** The most images that ECR deletes at a time. */
const imagesAtOnce = 100;

async function deleteImages(
  { clients }: AwsContext,
  repositoryName: string,
  digests: readonly string[],
): Promise<void> {
  for (let first = 0; first < digests.length; first += imagesAtOnce) {
    const imageIds = digests.slice(first, first + imagesAtOnce).map((imageDigest) => ({ imageDigest }));
    const { failures: [failed] = [] } = await clients.ecr.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds }),
    );
    if (failed) {
      throw new UserError(`ECR did not delete ${failed.imageId?.imageDigest}: ${failed.failureReason}`);
    }
  }
}

/** Returns everything that the ledger knows to have been created here, also what has ended: its data stays. */
function entriesHere({ ledger, place }: AwsContext): LedgerEntry[] {
  return ledger
    .read()
    .filter(({ account, region }) => account === place.account && region === place.region.value)
    .filter(({ action }) => action === 'create');
}

/** Returns the start of the keys that belong to an entry. */
function folderOfEntry(context: AwsContext, { kind, name }: LedgerEntry): string | undefined {
  switch (kind) {
    case 'upload':
      return name;
    case 'training job':
      return `${outputFolder(context)}/${name}/`;
    case 'tuning job':
      // Of its trials.
      return `${outputFolder(context)}/${name}-`;
    case 'transform job':
      return folderOf(context, name);
    case 'endpoint':
      return `${context.prefix}/captured/${name}/`;
    default:
      return undefined;
  }
}

async function* unlessNoBucket<Page>(pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  try {
    yield* pages;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
