// A process session in a new folder, for tests. Used by tests only.
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Channel, Session } from '../session/contract/session';
import { openProcessSession } from '../session/process/session';
import { atEnd, temporaryFolder, uploadCorpus } from './folders';

export interface Bench {
  session: Session;
  folder: string;
  channels: Channel[];
}

/** Opens a session with the channels of a quick job. Ends with the test, and everything that it runs. */
export async function openBench(t: TestContext): Promise<Bench> {
  const folder = join(await temporaryFolder(t), 'session');
  const session = openProcessSession({ folder });
  atEnd(t, () => session.cleanUp());
  return { session, folder, channels: await uploadCorpus(t, session) };
}
