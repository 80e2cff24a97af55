// `npm run clean-up`: shows what runs on AWS and its price, ends it, and says what is left. `-- --dry-run` ends nothing, `-- --data`
// also deletes what is stored.
import { runMain, UserError, withCleanUp } from '../../platform/errors';
import { withDefaults } from './account/defaults';
import { findRegion } from './account/identity';
import { describeRunning } from './describeRunning';
import { openAwsSession } from './session';

/** Ends what runs in the region of the environment. Throws a {@link UserError} if something billed may be left. */
export async function endAll(
  { dryRun = false, data = false }: { dryRun?: boolean; data?: boolean },
  print: (line: string) => void,
): Promise<void> {
  const { value: region, from } = await findRegion(withDefaults({}).region);
  const told = new Set<string>();
  const tell = (sentence: string) => {
    if (!told.has(sentence)) print(sentence);
    told.add(sentence);
  };
  const session = openAwsSession({}, { tell, live: () => () => undefined });
  const list = async (heading: string) => {
    const running = await session.whatIsRunning();
    const none = `${heading} in ${region} (from ${from}): nothing found that is billed by the hour.`;
    print(running.length > 0 ? `${heading} in ${region} (from ${from}):\n${describeRunning(running)}` : none);
  };
  await list('Runs');
  if (!dryRun) print('Cleaning up. This can take some minutes …');
  const work = async () => {
    const ended = await session.cleanUp({ dryRun, data });
    for (const { kind, name } of ended) print(`${dryRun ? 'Would end' : 'Ended'}: ${kind} ${name}`);
  };
  await withCleanUp(work, async () => {
    if (!dryRun) await list('Left');
  });
}

async function main(options: readonly string[]): Promise<void> {
  const unknown = options.find((option) => option !== '--dry-run' && option !== '--data');
  if (unknown !== undefined) {
    throw new UserError(
      `Unknown option ${unknown}. Give --dry-run to end nothing, --data to delete what is stored as well, both or none.`,
    );
  }
  await endAll({ dryRun: options.includes('--dry-run'), data: options.includes('--data') }, console.log);
}

if (require.main === module) void runMain(() => main(process.argv.slice(2)));
