// Rows → groups that stay on one side of a split. Does not choose the side.
import { tally } from '../platform/tally';

/** Rows that a split keeps together. */
export interface Group {
  /** Rows in the group. */
  size: number;
  labels: Set<string>;
}

/** The fields of a row that grouping reads. */
interface Grouped {
  category: string;
  story?: string;
}

/** Returns the key of a row's group: its story or, without one, its position, which makes it a group of its own. */
export function groupKey({ story }: Pick<Grouped, 'story'>, position: number): string | number {
  return story || position;
}

/** Returns the group of each row, in the order of the rows; rows of one story share one object. */
export function groupByStory(rows: readonly Grouped[]): Group[] {
  const groups = new Map<string | number, Group>();
  return rows.map((row, position) => {
    const key = groupKey(row, position);
    const group = groups.get(key) ?? { size: 0, labels: new Set() };
    groups.set(key, group);
    group.size += 1;
    group.labels.add(row.category);
    return group;
  });
}

/** Returns a group for each row. */
export function groupByRow(rows: readonly Grouped[]): Group[] {
  return rows.map(({ category }) => ({ size: 1, labels: new Set([category]) }));
}

/** Counts the groups of each label. */
export function countGroups(groups: Iterable<Group>): Map<string, number> {
  return tally([...groups].flatMap(({ labels }) => [...labels]));
}
