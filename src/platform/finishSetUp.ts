// What set-up leaves for later: TensorFlow and its binding. `npm start` and `npm run lab` have it made in the background.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './errors';
import { projectFolder } from './paths';

const script = join(projectFolder, 'src', 'setup.mjs');
const stamp = join(projectFolder, 'node_modules', '@tensorflow', 'tfjs-node', '.setup');

/** Returns whether set-up has made TensorFlow's binding. The image has it from its build. */
export function isTensorflowReady(): boolean {
  return existsSync(stamp) || !existsSync(script);
}

/**
 * Waits until set-up has made TensorFlow's binding, or makes it: a minute at most with a fast network. Blocks this process.
 * Throws a {@link UserError} with set-up's reason if it cannot be made here.
 */
export function finishSetUp(): void {
  if (isTensorflowReady()) return;
  console.log('TensorFlow is still being set up. This goes on when it is ready, in about a minute.');
  const { status, stderr, error, signal } = spawnSync(process.execPath, [script, 'tensorflow'], {
    encoding: 'utf8',
    // Its progress goes to this process's stderr: what reads a kernel's stdout expects other lines there.
    stdio: ['ignore', 2, 'pipe'],
  });
  if (status === 0) return;
  const reason = stderr?.trim() || error?.message || `Set-up was ended by ${signal}.`;
  throw new UserError(`This needs TensorFlow, which is not set up.\n${reason}`);
}
