// A kernel that takes every part of the walk, for tests to kill: walkMain.js WALK, which is JSON. Used by tests only.
import { openAwsSession } from '../session/aws/session';
import { type AwsWalk, walkParts } from './walk';

/** The members of {@link AwsWalk} without the session, and the path of its ledger. */
export type WalkOfKernel = Omit<AwsWalk, 'session'> & { ledger: string };

async function main(text: string): Promise<void> {
  const { ledger, ...rest } = JSON.parse(text) as WalkOfKernel;
  const audience = { tell: () => undefined, live: () => () => undefined };
  const session = openAwsSession({ budget: 100_000, pollSeconds: 0.1, ledger }, audience);
  for (const run of Object.values(walkParts)) await run({ session, ...rest });
}

main(process.argv[2] ?? '').catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
