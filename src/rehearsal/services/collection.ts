// The resources of one kind, by name, in the order of their creation.
import { arnOf } from '../runs/arn';
import { ServiceError } from './service';
import type { Tag, TagStore } from './tags';

export interface Entry<Item> {
  readonly name: string;
  readonly arn: string;
  readonly item: Item;
}

export interface Collection<Item> {
  /** Adds a resource and its tags and returns its ARN. */
  add(name: string, item: Item, tags?: readonly Tag[]): string;
  find(name: string): Item | undefined;
  /** Throws a {@link ServiceError} if the name is unknown. */
  get(name: string): Item;
  /** Throws a {@link ServiceError} if the name is unknown. Deletes the tags as well. */
  delete(name: string): void;
  entries(): Entry<Item>[];
}

/**
 * @param kind as ARNs have it, such as `training-job`
 * @param missing SageMaker's message for an unknown name
 */
export function createCollection<Item>(
  tagStore: TagStore,
  kind: string,
  missing: (name: string) => string = () => 'Requested resource not found.',
): Collection<Item> {
  const items = new Map<string, Item>();
  const get = (name: string): Item => {
    const item = items.get(name);
    if (item === undefined) throw new ServiceError('ValidationException', missing(name));
    return item;
  };
  return {
    get,
    find: (name) => items.get(name),
    add(name, item, tags = []) {
      const arn = arnOf(kind, name);
      items.set(name, item);
      tagStore.set(arn, tags);
      return arn;
    },
    delete(name) {
      get(name);
      items.delete(name);
      tagStore.delete(arnOf(kind, name));
    },
    entries: () => [...items].map(([name, item]) => ({ name, arn: arnOf(kind, name), item })),
  };
}
