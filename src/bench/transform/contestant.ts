// The workshop's side of the transform benchmark, in a process of its own: contestant.js ARTIFACT INPUT FOLDER
// transforms the folder INPUT in a session that keeps its files in FOLDER.
import { runMain } from '../../platform/errors';
import { openProcessSession } from '../../session/process/session';

/** What the batch transform is called, by which its results are found. */
export const transformName = 'bench';

async function main([modelArtifact = '', input = '', folder = '']: readonly string[]): Promise<void> {
  const session = openProcessSession({ folder });
  const channel = await session.upload(input, 'headlines');
  const job = await session.transform({ input: channel, modelArtifact, name: transformName });
  await job.wait();
}

if (require.main === module) void runMain(() => main(process.argv.slice(2)));
