// A machine's own certificates and settings of npm and pip, which its builds need to reach the package registries:
// found where those tools look for them, and given to the build as secrets, which no layer holds.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The arguments of `docker build` for the files that this machine has; the ids are the Dockerfile's. */
export function secretArguments(
  environment: Readonly<NodeJS.ProcessEnv> = process.env,
  home = homedir(),
): string[] {
  const places = {
    certificates: [environment.NODE_EXTRA_CA_CERTS, environment.SSL_CERT_FILE],
    npmrc: [environment.npm_config_userconfig, environment.NPM_CONFIG_USERCONFIG, join(home, '.npmrc')],
    pip: [environment.PIP_CONFIG_FILE, join(home, '.config/pip/pip.conf'), '/etc/pip.conf'],
  };
  return Object.entries(places).flatMap(([id, files]) => {
    const file = files.find((name) => name && existsSync(name));
    // The value is read as CSV, in which quotes hold together what has a comma.
    return file ? ['--secret', `id=${id},"src=${file.replaceAll('"', '""')}"`] : [];
  });
}
