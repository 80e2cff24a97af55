// `npm run preflight`: checks for what would fail on AWS, changes nothing, and ends with code 1 if something would.
import { runMain, UserError } from '../../platform/errors';
import type { Check, Session } from '../contract/session';
import { isForOneMachine } from './preflightQuotas';
import { describeChecks, expectReady } from './ready';
import { openAwsSession } from './session';

function open(): Session {
  return openAwsSession({}, { tell: () => undefined, live: () => () => undefined });
}

/**
 * Checks before a run. Throws a {@link UserError} with all that would fail.
 * @param isBeyond whether the run uses batch transforms and serverless endpoints
 */
export async function checkBeforeRun(isBeyond: boolean): Promise<void> {
  await expectReady(open(), (check) => isBeyond || isForOneMachine(check));
}

/** Prints every check and returns whether none fails that the workshop's notebook needs. */
export async function printPreflight(print: (text: string) => void): Promise<boolean> {
  const checks: Check[] = await open().preflight();
  print(describeChecks(checks));
  const failing = checks.filter(({ result }) => result === 'fails');
  const needed = failing.filter(isForOneMachine).length;
  const more = failing.length - needed;
  const beyond =
    more > 0 ? `, ${needed > 0 ? 'and' : 'except'} ${more} that only \`npm start -- scale\` needs` : '';
  print(`${needed > 0 ? `${needed} of ${checks.length}` : 'Nothing found that'} would fail${beyond}.`);
  return needed === 0;
}

async function main(options: readonly string[]): Promise<void> {
  if (options.length > 0) throw new UserError(`Unknown option ${options[0]}. This command has none.`);
  if (!(await printPreflight(console.log))) process.exitCode = 1;
}

if (require.main === module) void runMain(() => main(process.argv.slice(2)));
