// Checks that lists have one entry for each row.
import { UserError } from './errors';

/** Throws a {@link UserError} with all lengths if lists differ in length. */
export function demandSameLength(lists: Readonly<Record<string, { readonly length: number }>>): void {
  const lengths = Object.entries(lists).map(([name, { length }]) => ({ name, length }));
  if (lengths.every(({ length }) => length === lengths[0]?.length)) return;
  const listed = lengths.map(({ name, length }) => `${name} has ${length}`).join(', ');
  throw new UserError(`The lists differ in length: ${listed}. Give one entry for each row in both.`);
}

/** Throws a {@link UserError} if lists differ in length or are empty. */
export function demandPairs(lists: Readonly<Record<string, { readonly length: number }>>): void {
  demandSameLength(lists);
  if (Object.values(lists).some(({ length }) => length > 0)) return;
  throw new UserError(`The lists ${Object.keys(lists).join(' and ')} are empty. Give at least one row.`);
}
