// Reads a log that grows, each byte once.
import { type FileHandle, open } from 'node:fs/promises';
import { unlessGone } from './record';

export interface LogReader {
  /**
   * Calls `onLine` with each whole line added since the last call, in order. Starts again at the beginning if the log was
   * truncated or replaced.
   * @param hasEnded whether the log is complete, so that the text after the last line end is a line, too
   */
  read(onLine: (line: string) => void, hasEnded: boolean): Promise<void>;
}

const blockBytes = 1_048_576;

export function createLogReader(path: string): LogReader {
  let file: number | undefined;
  let position = 0;
  /** Text after the last line end. */
  let rest: Buffer[] = [];
  let reading: Promise<void> = Promise.resolve();

  async function readOn(log: FileHandle, onLine: (line: string) => void): Promise<void> {
    const { ino, size } = await log.stat();
    if (ino !== file || size < position) [file, position, rest] = [ino, 0, []];
    while (position < size) {
      const block = Buffer.allocUnsafe(Math.min(blockBytes, size - position));
      const { bytesRead } = await log.read(block, 0, block.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      takeLines(block.subarray(0, bytesRead), onLine);
    }
  }

  function takeLines(block: Buffer, onLine: (line: string) => void): void {
    const end = block.lastIndexOf(10);
    if (end >= 0) {
      const lines = Buffer.concat([...rest, block.subarray(0, end)]).toString();
      rest = [];
      for (const line of lines.split('\n')) onLine(line);
    }
    if (end + 1 < block.length) rest.push(block.subarray(end + 1));
  }

  async function read(onLine: (line: string) => void, hasEnded: boolean): Promise<void> {
    const log = await unlessGone(open(path), undefined);
    if (!log) return;
    try {
      await readOn(log, onLine);
    } finally {
      await log.close();
    }
    if (!hasEnded || rest.length === 0) return;
    const last = Buffer.concat(rest).toString();
    rest = [];
    onLine(last);
  }

  return {
    // One after the other, since they share a position.
    read(onLine, hasEnded) {
      reading = reading.catch(() => undefined).then(() => read(onLine, hasEnded));
      return reading;
    },
  };
}
