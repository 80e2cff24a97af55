// Finds which resources of an account are this workshop's. Tags decide. What cannot be listed is a problem to report, and
// keeps nothing else from being found.
import { namePrefix } from '../../contract/names';
import type { AwsContext } from './context';
import type { Listed } from './lists';
import { isOurs } from './tags';

/** What was found, and a sentence for each problem that may have hidden more. */
export interface Findings<One> {
  found: One[];
  problems: string[];
}

/** How many resources' tags are read at a time. */
const atOnce = 10;
const shownNames = 3;

/** Returns what a search finds; if it fails, nothing and the problem. @param what its subject, such as `models` */
export async function settle<One>(what: string, find: () => Promise<One[]>): Promise<Findings<One>> {
  try {
    return { found: await find(), problems: [] };
  } catch (error) {
    return { found: [], problems: [`${what}: ${messageOf(error)}`] };
  }
}

/** Returns the listed resources that are this workshop's, sorted by name. */
export async function findOurs(
  context: AwsContext,
  kind: string,
  list: () => Promise<Listed[]>,
  owns = (one: Listed) => isOurs(context, { kind, ...one }),
): Promise<Findings<Listed>> {
  const { found: listed, problems } = await settle(`${kind}s`, list);
  const found: Listed[] = [];
  const unread: { name: string; reason: unknown }[] = [];
  for (let first = 0; first < listed.length; first += atOnce) {
    const some = listed.slice(first, first + atOnce);
    const results = await Promise.allSettled(some.map(owns));
    for (const [index, one] of some.entries()) {
      const result = results[index];
      if (result?.status === 'rejected') unread.push({ name: one.name, reason: result.reason });
      else if (result?.value) found.push(one);
    }
  }
  if (unread[0]) problems.push(`${kind} ${namesOf(unread)} (tags): ${messageOf(unread[0].reason)}`);
  return { found: found.sort((one, other) => one.name.localeCompare(other.name)), problems };
}

/**
 * Returns the listed resources that may be this workshop's: those with a name that it makes or that the ledger has, and the
 * newest of the others, which a killed kernel may have left. Reading everybody's tags would take minutes in a large account.
 */
export function likelyOurs(context: AwsContext, kind: string, listed: readonly Listed[]): Listed[] {
  const recorded = new Set(context.recorded().flatMap((one) => (one.kind === kind ? one.name : [])));
  const isKnown = ({ name }: Listed) => name.startsWith(`${namePrefix}-`) || recorded.has(name);
  const others = listed.filter((one) => !isKnown(one));
  const newest = others.sort((one, other) => other.since.getTime() - one.since.getTime()).slice(0, atOnce);
  return [...listed.filter(isKnown), ...newest];
}

function namesOf(listed: readonly { name: string }[]): string {
  const names = listed.slice(0, shownNames).map(({ name }) => name);
  const more = listed.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
