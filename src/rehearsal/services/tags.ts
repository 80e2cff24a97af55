// Tags of SageMaker resources, by ARN.
import { invalid, type Operations } from './service';

export interface Tag {
  Key: string;
  Value: string;
}

export interface TagStore {
  set(arn: string, tags: readonly Tag[]): void;
  delete(arn: string): void;
  /** Throws a {@link ServiceError} if no resource has this ARN. */
  get(arn: string): Tag[];
}

export function createTagStore(): TagStore {
  const store = new Map<string, Tag[]>();
  /** The kind and the name: region and partition do not tell resources of one account apart here. */
  const keyOf = (arn: string) => arn.split(':').slice(5).join(':').toLowerCase();
  return {
    set: (arn, tags) => void store.set(keyOf(arn), [...tags]),
    delete: (arn) => void store.delete(keyOf(arn)),
    get(arn) {
      const tags = store.get(keyOf(arn));
      if (!tags) throw invalid('Requested resource not found.');
      return tags;
    },
  };
}

export function tagOperations(store: TagStore): Operations {
  return {
    'SageMaker.ListTags': ({ ResourceArn }: { ResourceArn: string }) => ({ Tags: store.get(ResourceArn) }),
    'SageMaker.AddTags': ({ ResourceArn, Tags }: { ResourceArn: string; Tags: Tag[] }) => {
      const added = new Set(Tags.map(({ Key }) => Key));
      const merged = [...store.get(ResourceArn).filter(({ Key }) => !added.has(Key)), ...Tags];
      store.set(ResourceArn, merged);
      return { Tags: merged };
    },
    'SageMaker.DeleteTags': ({ ResourceArn, TagKeys }: { ResourceArn: string; TagKeys: string[] }) => {
      const kept = store.get(ResourceArn).filter(({ Key }) => !TagKeys.includes(Key));
      store.set(ResourceArn, kept);
      return {};
    },
  };
}
