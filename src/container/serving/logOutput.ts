// Writes the log without ever delaying or failing the server. Drops lines if writing does not keep up, because the disk
// is full or the pipe has no reader.
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { SonicBoom } from 'sonic-boom';

export interface LogOutput {
  write(line: string): void;
  /** Resolves when everything is written, after half a second at most. */
  flush(): Promise<void>;
}

/** Bytes kept while writing does not keep up; further lines are dropped. */
const mostBytes = 4_194_304;
const flushMilliseconds = 500;

/** @param fd a file descriptor that is open for writing */
export function openLogOutput(fd: number): LogOutput {
  const kind = fstatSync(fd);
  return kind.isFIFO() || kind.isSocket() ? toPipe(fd) : toFile(fd);
}

/** Avoids the thread pool: a write to a full pipe would wait there and keep the process from ending. */
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

/** Resumes writing once the disk has room again. */
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
