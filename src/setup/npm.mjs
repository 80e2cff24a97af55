// The step that installs the npm packages of the lock file.
import os from 'node:os';
import path from 'node:path';
import { run } from './command.mjs';
import { at, isWritable, scratch, sha256 } from './places.mjs';

export const packagesStep = () => ({
  label: 'npm packages',
  megabytes: 680,
  makes: at('node_modules'),
  stamp: at('node_modules/.setup'),
  // Some packages are programs for one processor.
  value: `${process.platform} ${process.arch}, ${sha256(at('package-lock.json'))}`,
  run: () => {
    // Without install scripts: tfjs-node's downloads a file that no longer exists, and no other package needs one.
    const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
    return run('npm', args, { sentence: 'npm could not install the packages.', env: npmEnvironment() });
  },
});

/** Returns npm's environment. If the home folder is read-only, its cache moves into the scratch folder. */
export function npmEnvironment() {
  const usual = process.env.npm_config_cache || path.join(os.homedir(), '.npm');
  const cache = isWritable(usual) ? usual : scratch('npm');
  return { ...process.env, npm_config_cache: cache, npm_config_update_notifier: 'false' };
}
