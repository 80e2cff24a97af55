// Passes a machine's certificates and its npm and pip settings to the build, which may need them to reach the package
// registries. They are build secrets, so no layer contains them.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns the arguments of `docker build` for the files that this machine has; the Dockerfile defines the ids. */
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
    // Docker parses the value as CSV, so a path with a comma needs quotes.
    return file ? ['--secret', `id=${id},"src=${file.replaceAll('"', '""')}"`] : [];
  });
}
