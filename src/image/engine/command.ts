// Finds the docker command for builds: BuildKit's secrets need its client, which the engine's API lacks. Several may be on
// the PATH, and a newer one without buildx cannot build.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from '../../platform/errors';

/** Environment of every docker command: selects BuildKit, and a single image, because SageMaker rejects an index. */
export const buildEnvironment = { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };

/** Returns the first docker command on the PATH that can build. Throws a {@link UserError} if none can. */
export function findDocker(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = folders.map((folder) => join(folder, 'docker')).filter((file) => existsSync(file));
  const able = found.find(canBuild);
  if (able) return able;
  const [first] = found;
  if (first) {
    throw new UserError(
      `${first} cannot build images: its component buildx is missing. Install the package docker-buildx-plugin ` +
        '(Debian and Ubuntu: docker-buildx), then run this again.',
    );
  }
  throw new UserError(
    'The command docker is missing: install Docker (https://docs.docker.com/get-docker/; Debian and Ubuntu: ' +
      '`sudo apt-get install docker.io`), then run this again.',
  );
}

function canBuild(docker: string): boolean {
  const env = { ...process.env, ...buildEnvironment };
  const help = spawnSync(docker, ['build', '--help'], { encoding: 'utf8', env });
  return help.status === 0 && help.stdout.includes('--secret');
}
