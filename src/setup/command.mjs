// Runs the commands of set-up, several at a time, and ends all of them when one fails or you interrupt.
import { spawn } from 'node:child_process';
import { ROOT } from './places.mjs';

/** An error that ends set-up. The message is for the user; `log` holds everything that the failed command printed. */
export class SetupError extends Error {
  constructor(message, log = '') {
    super(message);
    this.log = log;
  }
}

const running = new Set();
let isInterrupted = false;

/** Runs a command. If it fails, throws a {@link SetupError} with the given sentence and the command's output. */
export function run(command, args, { sentence, cwd = ROOT, env = process.env }) {
  return new Promise((resolve, reject) => {
    if (isInterrupted) throw interruption();
    // In a process group of its own, so that the compilers and downloads below it end with it.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        log += text;
      });
    }
    child.on('error', (error) => {
      running.delete(child);
      reject(new SetupError(sentence, `${command}: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      if (code === 0) resolve(log);
      else if (isInterrupted) reject(interruption());
      else reject(new SetupError(sentence, signal ? `${log}\n${command} was ended by ${signal}.` : log));
    });
  });
}

function interruption() {
  return new SetupError('interrupted. Run it again to continue.');
}

/** Ends every running command. The next set-up repeats unfinished steps. */
export function endCommands() {
  for (const { pid } of running) {
    try {
      if (pid) process.kill(-pid, 'SIGKILL');
    } catch (error) {
      // It has ended, but its event has not arrived yet.
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (running.size === 0) process.exit(1);
    isInterrupted = true;
    endCommands();
  });
}
