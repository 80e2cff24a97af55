// Step 8: the server's log, a line of JSON for each event. It holds no headline unless asked, and where the log cannot be
// written, because the disk is full or nobody reads it, lines are lost instead of requests.
import type { IncomingMessage } from 'node:http';
import pino from 'pino';
import type { Answered } from './invocation';

/** Which invocations are logged: those that failed, all, or all with their headlines. */
export type LogDetail = 'errors' | 'requests' | 'headlines';

export interface ServingLog {
  info(message: string): void;
  invocation(answered: Answered): void;
  /** Resolves when what is logged so far is written, or cannot be written soon. */
  flush(): Promise<void>;
}

/** Held where writing does not keep up; more is lost. */
const mostBytes = 4_194_304;
/** What a pipe takes in one piece, so that lines of several processes do not mix. */
const bytesAtOnce = 4096;
const flushMilliseconds = 500;

/** @param fd where it is written; default: the standard output */
export function createServingLog(detail: LogDetail, fd = 1): ServingLog {
  const destination = pino.destination({
    dest: fd,
    sync: false,
    maxLength: mostBytes,
    maxWrite: bytesAtOnce,
  });
  destination.on('error', () => {});
  const log = pino(
    {
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
  return {
    info: (message) => log.info(message),
    invocation({ request, status, headlines, bytes, milliseconds, titles, error }) {
      if (status < 400 && detail === 'errors') return;
      const line = {
        requestId: findRequestId(request),
        status,
        headlines,
        bytes,
        milliseconds: Math.round(1000 * milliseconds) / 1000,
        ...(detail === 'headlines' && { titles }),
      };
      if (status === 500) log.error({ ...line, error }, 'invocation');
      else if (error instanceof Error) log.warn({ ...line, reason: error.message }, 'invocation');
      else log.info(line, 'invocation');
    },
    async flush() {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, flushMilliseconds).unref();
        destination.flush(() => resolve());
      });
    },
  };
}

/** Where a request's id may stand, the client's own first. */
const idHeaders = [
  'x-amzn-sagemaker-inference-id',
  'x-amzn-requestid',
  'x-amzn-request-id',
  'x-request-id',
  'x-amzn-trace-id',
];

function findRequestId({ headers }: IncomingMessage): string | undefined {
  const name = idHeaders.find((header) => headers[header] !== undefined);
  return name && String(headers[name]).slice(0, 200);
}
