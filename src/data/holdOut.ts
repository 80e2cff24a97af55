// Chooses the groups to hold out so that every label keeps a group in training.
import { countGroups, type Group } from './groups';

/** Groups held out, and the rows in them. */
interface HeldOut {
  groups: Set<Group>;
  rows: number;
}

/**
 * Holds out groups in the given order. Skips groups that would exceed `wanted` rows and groups that are the last of a
 * label in training. If that misses `wanted` by more than `tolerance` rows, searches for a combination of large and small
 * groups within the tolerance.
 * @returns the first choice if no combination is within the tolerance
 */
export function holdOut(order: readonly Group[], wanted: number, tolerance: number): HeldOut {
  const side = openSide(order);
  const isNear = () => side.rows() > 0 && Math.abs(side.rows() - wanted) <= tolerance;
  const fill = (groups: readonly Group[]): Group[] =>
    groups.filter((group) => side.rows() + group.size <= wanted && side.hold(group));

  const filled = fill(order);
  const held = side.held();
  if (isNear()) return held;
  for (const group of filled) side.release(group);

  // Fewer than 20 if the tolerance is a twentieth of the rows, so searching all their subsets is quick.
  const large = order.filter(({ size }) => size > tolerance);
  const small = order.filter(({ size }) => size <= tolerance).sort((one, other) => other.size - one.size);
  const smallRows = small.reduce((sum, { size }) => sum + size, 0);
  const search = (from: number): boolean => {
    if (side.rows() + smallRows >= wanted - tolerance) {
      const filling = fill(small);
      if (isNear()) return true;
      for (const group of filling) side.release(group);
    }
    return large.some((group, at) => {
      if (at < from || side.rows() + group.size > wanted + tolerance || !side.hold(group)) return false;
      if (search(at + 1)) return true;
      side.release(group);
      return false;
    });
  };
  return search(0) ? side.held() : held;
}

/** The held-out side, which never takes a label's last group. */
function openSide(groups: readonly Group[]) {
  const left = countGroups(groups);
  const held = new Set<Group>();
  let rows = 0;
  const move = ({ size, labels }: Group, sign: 1 | -1) => {
    rows += sign * size;
    for (const label of labels) left.set(label, (left.get(label) as number) - sign);
  };
  return {
    rows: () => rows,
    held: (): HeldOut => ({ groups: new Set(held), rows }),
    /** Returns whether the group could be held out. */
    hold(group: Group): boolean {
      for (const label of group.labels) if (left.get(label) === 1) return false;
      held.add(group);
      move(group, 1);
      return true;
    },
    release(group: Group): void {
      held.delete(group);
      move(group, -1);
    },
  };
}
