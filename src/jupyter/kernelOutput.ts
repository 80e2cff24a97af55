// Changes tslab 1.0.22 so that a cell's output arrives complete and in order, in any amount. docs/dependencies.md
// explains each change. Loaded by kernel.ts before tslab starts.
import { StringDecoder } from 'node:string_decoder';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { JupyterHandlerImpl, ZmqServer } from 'tslab/dist/jupyter';
import { createOutputBuffer } from './outputBuffer';
import { wellFormed, wellFormedJson } from './wellFormed';

type WriteStream = (name: string, text: string) => void;
type WriteDisplayData = (data: object, isUpdate: boolean) => void;
type Written = (error?: Error) => void;

/** Members of tslab's classes that its declarations make private. */
interface Handler {
  handleExecute(...args: unknown[]): Promise<{ status: string }>;
  handleExecuteImpl(
    request: object,
    writeStream: WriteStream,
    writeDisplayData: WriteDisplayData,
  ): Promise<unknown>;
  createWriteToIopub(name: string, writeStream: WriteStream): typeof process.stdout.write;
}

interface Server {
  bindSocket(socket: { sendTimeout: number; sendHighWaterMark: number }, port: number): Promise<void>;
}

/** Time after an error in which tslab drops requests: see its `execQueue.reset()`. */
const resetMilliseconds = 200;

export function makeOutputReliable(): void {
  sendWithoutLimit(ZmqServer.prototype as unknown as Server);
  const handler = JupyterHandlerImpl.prototype as unknown as Handler;
  collectOutput(handler);
  replyWhenReady(handler);
}

/**
 * tslab does not await zeromq's `send`. zeromq postpones every 513th message of a socket and rejects any other with EBUSY
 * until that one is sent. With a timeout of 0 it postpones none; without a high-water mark it drops none.
 */
function sendWithoutLimit(server: Server): void {
  const { bindSocket } = server;
  server.bindSocket = function (socket, port) {
    socket.sendTimeout = 0;
    socket.sendHighWaterMark = 0;
    return bindSocket.call(this, socket, port);
  };
}

/**
 * For 200 ms after an error, tslab drops every request, to discard cells that were queued before it. The reply is delayed
 * until then, so that a cell sent after the reply is never dropped.
 */
function replyWhenReady(handler: Handler): void {
  const { handleExecute } = handler;
  handler.handleExecute = async function (...args) {
    const reply = await handleExecute.apply(this, args);
    if (reply.status === 'error') await setTimeout(resetMilliseconds);
    return reply;
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function collectOutput(handler: Handler): void {
  const buffer = createOutputBuffer();
  const { handleExecuteImpl } = handler;

  handler.createWriteToIopub = (name, writeStream) => {
    const decoder = new StringDecoder('utf8');
    const sink = (text: string) => writeStream(name, wellFormed(text));
    return (chunk: string | NodeJS.ArrayBufferView, encoding?: BufferEncoding | Written, done?: Written) => {
      const isEncoded =
        typeof chunk === 'string' && typeof encoding === 'string' && !/^utf-?8$/i.test(encoding);
      const bytes = isEncoded ? Buffer.from(chunk, encoding) : chunk;
      buffer.write(sink, typeof bytes === 'string' ? bytes : decoder.write(bytesOf(bytes)));
      const written = typeof encoding === 'function' ? encoding : done;
      if (written) process.nextTick(written);
      return true;
    };
  };

  handler.handleExecuteImpl = async function (request, writeStream, writeDisplayData) {
    const display: WriteDisplayData = (data, isUpdate) => {
      buffer.flush();
      writeDisplayData(wellFormedJson(data), isUpdate);
    };
    buffer.flush();
    try {
      return await handleExecuteImpl.call(this, request, writeStream, display);
    } finally {
      // A promise that the cell's last statement rejected is reported in this turn: see kernel.ts.
      await setImmediate();
      buffer.flush();
    }
  };

  process.once('exit', buffer.flush);
}
