// `npm run preflight`: checks for what would fail on AWS, changes nothing, and ends with code 1 if something would.
import { describeError, UserError } from '../../platform/errors';
import type { Check, Session } from '../contract/session';
import { beyondOneMachine } from './preflightQuotas';
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
  await expectReady(open(), ({ check }) => isBeyond || !beyondOneMachine.includes(check));
}

/** Prints every check and returns whether none fails. */
export async function printPreflight(print: (text: string) => void): Promise<boolean> {
  const checks: Check[] = await open().preflight();
  print(describeChecks(checks));
  const failing = checks.filter(({ result }) => result === 'fails').length;
  print(failing === 0 ? 'Nothing found that would fail.' : `${failing} of ${checks.length} would fail.`);
  return failing === 0;
}

async function main(options: readonly string[]): Promise<void> {
  try {
    if (options.length > 0) throw new UserError(`Unknown option ${options[0]}. This command has none.`);
    if (!(await printPreflight(console.log))) process.exitCode = 1;
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
}

if (require.main === module) void main(process.argv.slice(2));
