// `npm run copies`: makes your own copies of the notebooks, for VS Code or a JupyterLab that this project does not start.
// `npm run lab` and lifecycle.sh make the same copies.
import { runMain } from '../platform/errors';
import { takeOwnCopy } from './ownCopy';
import { otherNotebooks, workshopNotebook } from './run';

/**
 * Makes the copies that are missing, and prints remarks on those that are there.
 * @returns the copies' paths, by the originals'
 */
export async function takeOwnCopies(toReset?: string): Promise<Map<string, string>> {
  const copies = new Map<string, string>();
  for (const original of [workshopNotebook, ...otherNotebooks.values()]) {
    const { path, remarks } = await takeOwnCopy(original, { reset: original === toReset });
    for (const remark of remarks) console.log(remark);
    copies.set(original, path);
  }
  return copies;
}

if (require.main === module) void runMain(async () => void (await takeOwnCopies()));
