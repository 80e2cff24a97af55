// The session adapter without requirements: jobs and endpoints are child processes that run container/train and
// container/serve directly.
import { join } from 'node:path';
import { outputFolder, projectFolder } from '../../platform/paths';
import type { Session } from '../contract/session';
import { openLocalSession } from '../local/session';

/** @param options.folder folder of the jobs and endpoints; default: session/ in the output folder */
export function openProcessSession({ folder = join(outputFolder, 'session') } = {}): Session {
  return openLocalSession(folder, {
    kind: 'process',
    description: 'Training jobs and endpoints are processes on this machine. Nothing is billed.',
    publishImage: async () =>
      'no image: the process session runs container/train and container/serve as they are',
    program: async (command) => ({ script: join(projectFolder, 'container', command) }),
  });
}
