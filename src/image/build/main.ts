// `npm run image`: builds the container's image and prints its name on the last line; `npm run image -- arm64` builds the
// one for Graviton instances.
import { runMain, UserError } from '../../platform/errors';
import { buildImage } from './buildImage';
import { type BuildStep, describeSteps } from './progress';

/** Returns a function that prints each step when it has ended. */
export function printSteps(): (steps: readonly BuildStep[]) => void {
  const printed = new Set<string>();
  return (steps) => {
    const ended = steps.filter(
      ({ name, status }) => (status === 'done' || status === 'failed') && !printed.has(name),
    );
    for (const { name } of ended) printed.add(name);
    for (const line of describeSteps(ended)) console.log(line);
  };
}

async function main(): Promise<void> {
  const [processor = 'amd64', ...others] = process.argv.slice(2);
  if ((processor !== 'amd64' && processor !== 'arm64') || others.length > 0) {
    const given = process.argv.slice(2).join(' ');
    throw new UserError(`npm run image takes amd64 (the default) or arm64, and got "${given}".`);
  }
  const { name, sizeInBytes } = await buildImage({
    platform: `linux/${processor}`,
    onProgress: printSteps(),
  });
  console.log(`${(sizeInBytes / 1e6).toFixed(0)} MB, uncompressed:`);
  console.log(name);
}

if (require.main === module) void runMain(main);
