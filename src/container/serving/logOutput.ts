// Step 8: where the log goes. Writing never holds the server up, and never fails it: where it does not keep up, because the
// disk is full or nobody reads the pipe, lines are lost.
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { SonicBoom } from 'sonic-boom';

export interface LogOutput {
  write(line: string): void;
  /** Resolves when all is written, or half a second has passed. */
  flush(): Promise<void>;
}

/** Held where writing does not keep up; more is lost. */
const mostBytes = 4_194_304;
const flushMilliseconds = 500;

/** @param fd a file descriptor that is open for writing */
export function openLogOutput(fd: number): LogOutput {
  const kind = fstatSync(fd);
  return kind.isFIFO() || kind.isSocket() ? toPipe(fd) : toFile(fd);
}

/** Without the thread pool, in which a write to a full pipe would wait, and keep the process from ending. */
function toPipe(fd: number): LogOutput {
  const pipe = new Socket({ fd, readable: false, writable: true });
  pipe.on('error', () => {});
  return {
    write(line) {
      if (pipe.writable && pipe.writableLength < mostBytes) pipe.write(line);
    },
    flush: () => withinTime((done) => pipe.write('', done)),
  };
}

/** Goes on when there is room on the disk again. */
function toFile(fd: number): LogOutput {
  const file = new SonicBoom({ fd, sync: false, maxLength: mostBytes });
  file.on('error', () => {});
  return {
    write: (line) => file.write(line),
    flush: () => withinTime((done) => file.flush(done)),
  };
}

async function withinTime(flush: (done: () => void) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, flushMilliseconds);
    flush(() => resolve());
  });
}
