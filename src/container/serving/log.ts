// The server's log: a line of JSON for each event. Omits the text of headlines unless enabled.
import type { IncomingMessage } from 'node:http';
import pino from 'pino';
import type { Answered } from './invocation';
import type { LogOutput } from './logOutput';

/** Logs failed invocations, all of them, or all of them with their headlines. */
export type LogDetail = 'errors' | 'requests' | 'headlines';

interface ServingLog {
  info(message: string): void;
  /** An error of the server's own. */
  error(error: unknown): void;
  invocation(answered: Answered): void;
}

export function createServingLog(detail: LogDetail, output: LogOutput): ServingLog {
  const log = pino(
    {
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: (level) => ({ level }) },
    },
    output,
  );
  return {
    info: (message) => log.info(message),
    error: (error) => log.error({ error }, 'error'),
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
  };
}

/** Headers that may hold a request's id, the client's own first. */
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
